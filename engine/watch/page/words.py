"""The words of the status page, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

VIETNAMESE, ENGLISH = "vi", "en"
LANGUAGES = (VIETNAMESE, ENGLISH)
"""The first is that of who asks for none."""

_BOTH = {
    "title": ("Trạng thái bộ tích hợp", "Engine status"),
    "other": ("English", "Tiếng Việt"),
    "skip": ("Tới nội dung", "Skip to content"),
    "as_of": ("Cập nhật lúc", "As of"),
    "well": ("Bình thường", "All is well"),
    "attention": ("Cần chú ý", "Needs attention"),
    "last_hour": ("Bản tin trong giờ qua", "Messages in the last hour"),
    "silent": ("Nguồn im lặng", "Silent feeds"),
    "taking_part": ("Cơ sở tham gia", "Facilities taking part"),
    "open_alerts": ("Cảnh báo đang mở", "Open alerts"),
    "dead_letters": ("Bản tin không xử lý được", "Dead letters"),
    "missing": ("Bản tin thất lạc", "Missing messages"),
    "behind": ("Đang chờ xử lý", "Waiting to be read"),
    "mappings": ("Phiên bản ánh xạ", "Mapping version"),
    "since": ("từ", "since"),
    "coverage": ("Mức độ tham gia", "Programme coverage"),
    "coverage_note": (
        "Cơ sở đã đăng ký có gửi bản tin trong 24 giờ qua.",
        "Registered facilities that sent within the last 24 hours.",
    ),
    "sector": ("Khối", "Sector"),
    "kind": ("Loại", "Kind"),
    "sent": ("Đã gửi", "Sent"),
    "registered": ("Đã đăng ký", "Registered"),
    "share": ("Tỷ lệ", "Share"),
    "all": ("Tất cả", "All"),
    "alerts_none": ("Không có cảnh báo nào đang mở.", "No alert is open."),
    "alert": ("Cảnh báo", "Alert"),
    "severity": ("Mức độ", "Severity"),
    "facility": ("Cơ sở", "Facility"),
    "began": ("Bắt đầu", "Began"),
    "state": ("Tình trạng", "State"),
    "firing": ("đang mở", "firing"),
    "acknowledged": ("đã tiếp nhận", "acknowledged"),
    "silenced": ("đã tắt tiếng", "silenced"),
    "more_alerts": ("cảnh báo khác", "more alerts"),
    "letters_note": ("Trong 24 giờ qua, theo lý do.", "In the last 24 hours, by reason."),
    "letters_none": ("Không có.", "There are none."),
    "reason": ("Lý do", "Reason"),
    "count": ("Số lượng", "Count"),
    "account": ("Đối soát", "Reconciliation"),
    "account_note": ("24 giờ gần nhất đã kiểm đếm, tới", "The last 24 hours counted, up to"),
    "account_none": ("Chưa có lần kiểm đếm nào.", "Nothing was counted yet."),
    "fate": ("Kết quả", "What became of them"),
    "received": ("đã nhận", "received"),
    "loaded": ("đã nạp", "loaded"),
    "dead": ("không xử lý được", "dead"),
    "duplicate": ("trùng lặp", "duplicate"),
    "ignored": ("bỏ qua", "ignored"),
    "held": ("tạm giữ", "held"),
    "in_flight": ("đang xử lý", "in flight"),
    "refused": ("từ chối", "refused"),
    "lag": ("Khâu xử lý", "Stages"),
    "group": ("Nhóm", "Group"),
    "records": ("Bản ghi chờ", "Records waiting"),
    "feeds": ("Nguồn dữ liệu", "Feeds"),
    "feeds_note": (
        "Nguồn im lặng đứng trước, sau đó theo bản tin mới nhất.",
        "Silent feeds first, then by the newest message.",
    ),
    "last_message": ("Bản tin cuối", "Last message"),
    "an_hour": ("Mỗi giờ", "In an hour"),
    "in_warehouse": ("Vào kho tới", "In warehouse to"),
    "late": ("Trễ", "Late"),
    "lacking": ("Thiếu loại", "Types lacking"),
    "is_silent": ("im lặng", "silent"),
    "never": ("chưa bao giờ", "never"),
    "ago_s": ("{} giây trước", "{} s ago"),
    "ago_m": ("{} phút trước", "{} min ago"),
    "ago_h": ("{} giờ trước", "{} h ago"),
    "ago_d": ("{} ngày trước", "{} days ago"),
    "page": ("Trang", "Page"),
    "previous": ("Trang trước", "Previous page"),
    "next": ("Trang sau", "Next page"),
    "public": ("công lập", "public"),
    "ministerial": ("bộ, ngành", "ministerial"),
    "private": ("tư nhân", "private"),
    "none": ("—", "—"),
    "hospital": ("bệnh viện", "hospital"),
    "centre": ("trung tâm y tế", "medical centre"),
    "station": ("trạm y tế", "health station"),
    "clinic": ("phòng khám", "clinic"),
    "platform": ("nền tảng", "platform"),
    "unregistered": ("Chưa đăng ký", "Not registered"),
    "critical": ("nghiêm trọng", "critical"),
    "warning": ("cảnh báo", "warning"),
    "information": ("thông tin", "information"),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    language: {name: both[at] for name, both in _BOTH.items()} for at, language in enumerate(LANGUAGES)
}
"""By language and name."""


def choose_language(asked: str, accepted: str) -> str:
    """The language of the page: what `?lang=` asks for, else the first that the browser accepts and the page has."""
    if asked in LANGUAGES:
        return asked
    ranges = (part.partition(";") for part in accepted.lower().split(","))
    ranked = sorted(((name.strip().partition("-")[0], _quality(rest)) for name, _, rest in ranges), key=lambda p: -p[1])
    return next((name for name, quality in ranked if quality and name in LANGUAGES), VIETNAMESE)


def _quality(text: str) -> float:
    """RFC 9110, 12.4.2: from 0 to 1; what is no number counts as 0."""
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
