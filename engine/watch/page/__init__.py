"""The status page: server-made HTML in Vietnamese and English, without scripts."""
