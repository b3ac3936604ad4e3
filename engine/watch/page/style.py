"""The style sheet of the status page: one column on a phone, many on a wall, light and dark as the screen is set."""

from __future__ import annotations

STYLE = b"""
:root { color-scheme: light dark; --paper: #fff; --ink: #1a1f24; --soft: #5b6570; --line: #d5dae0; --card: #f4f6f8;
  --good: #12703a; --warn: #8a5200; --bad: #b3141f; --link: #0b57b0; }
@media (prefers-color-scheme: dark) { :root { --paper: #11161b; --ink: #eef1f4; --soft: #a3adb8; --line: #333c46;
  --card: #1a2129; --good: #5fd08a; --warn: #f2b25c; --bad: #ff8a8f; --link: #7db7ff; } }
* { box-sizing: border-box; }
html { font: clamp(15px, 10px + 0.45vw, 30px)/1.4 system-ui, "Noto Sans", "DejaVu Sans", sans-serif; }
body { margin: 0; background: var(--paper); color: var(--ink); }
a { color: var(--link); }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--paper); padding: 0.3rem 0.6rem; }
header { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; align-items: baseline; padding: 0.8rem 1rem;
  border-bottom: 1px solid var(--line); }
h1 { font-size: 1.35rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 0 0 0.2rem; }
header .state { font-weight: 700; }
header .push { margin-left: auto; }
.note, header time { color: var(--soft); margin: 0 0 0.5rem; font-size: 0.9rem; }
main { padding: 1rem; display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
section { min-width: 0; }
.wide { grid-column: 1 / -1; }
.tiles { display: grid; gap: 0.6rem; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.6rem 0.8rem; }
.tiles dt { color: var(--soft); font-size: 0.9rem; }
.tiles dd { margin: 0; font-size: 1.7rem; font-weight: 700; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.good { color: var(--good); }
.warn { color: var(--warn); }
.bad { color: var(--bad); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid var(--line); font-weight: 400;
  vertical-align: top; }
thead th { color: var(--soft); font-size: 0.85rem; white-space: nowrap; }
@media (max-width: 40rem) { .wide table { min-width: 34rem; } }
.code { color: var(--soft); font-size: 0.85rem; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; margin: 0.4rem 0; }
nav [aria-current] { font-weight: 700; color: var(--ink); text-decoration: none; }
"""
"""Text alone tells good from bad too: no meaning hangs on colours."""
