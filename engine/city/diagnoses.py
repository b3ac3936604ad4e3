"""What people come with: diagnoses in ICD-10, those that must be notified among them, and their seasons.

The notifiable ones are of the list in decision 97/QĐ-PB of 30 June 2026. The weeks of dengue, hand-foot-mouth disease
and measles follow the shape of the city's bulletins of 2025; all other weights are made up, and notifiable diseases are
far more frequent than in life, so that some thousand messages hold enough of them to look at.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate
from random import Random
from typing import Literal, NamedTuple

Deadline = Literal["", "24h", "48h", "week"]
EVEN = (1.0,) * 12


class Diagnosis(NamedTuple):
    """A diagnosis: its code, its name, how often of about a thousand it comes to children and to adults, by month."""

    code: str
    name: str
    child: float
    adult: float
    months: tuple[float, ...] = EVEN
    deadline: Deadline = ""


_RAINS = (0.5, 0.35, 0.25, 0.25, 0.3, 0.6, 1.1, 1.7, 2.0, 2.1, 1.8, 1.0)
_SCHOOL = (0.5, 0.5, 0.8, 0.8, 1.6, 1.4, 0.8, 0.7, 1.4, 1.7, 1.2, 0.6)
_SPRING = (1.6, 1.8, 2.0, 1.5, 0.9, 0.6, 0.5, 0.5, 0.5, 0.6, 0.7, 0.8)

DIAGNOSES = (
    Diagnosis("A97.0", "Sốt xuất huyết Dengue không có dấu hiệu cảnh báo", 14, 9, _RAINS, "48h"),
    Diagnosis("A97.1", "Sốt xuất huyết Dengue có dấu hiệu cảnh báo", 5, 3, _RAINS, "48h"),
    Diagnosis("B08.4", "Bệnh tay chân miệng", 22, 0.1, _SCHOOL, "48h"),
    Diagnosis("B05.9", "Sởi không biến chứng", 6, 0.6, _SPRING, "24h"),
    Diagnosis("A36.9", "Bạch hầu, không đặc hiệu", 0.1, 0.03, EVEN, "24h"),
    Diagnosis("A37.9", "Ho gà, không đặc hiệu", 1.5, 0.1, _SPRING, "48h"),
    Diagnosis("U07.1", "COVID-19, xác định có vi rút", 1, 2, EVEN, "48h"),
    Diagnosis("J10.1", "Cúm có biểu hiện hô hấp khác", 14, 8, _SPRING, "week"),
    Diagnosis("B01.9", "Thủy đậu không biến chứng", 8, 1.5, _SPRING, "week"),
    Diagnosis("A15.0", "Lao phổi, soi đờm dương tính", 0.3, 2.5, EVEN, "week"),
    Diagnosis("B18.1", "Viêm gan vi rút B mạn", 0.3, 6, EVEN, "week"),
    Diagnosis("J06.9", "Nhiễm trùng hô hấp trên cấp", 170, 60, _RAINS[3:] + _RAINS[:3]),
    Diagnosis("J20.9", "Viêm phế quản cấp", 90, 40),
    Diagnosis("J18.9", "Viêm phổi, tác nhân không xác định", 60, 18),
    Diagnosis("A09", "Tiêu chảy và viêm dạ dày ruột nhiễm khuẩn", 60, 20),
    Diagnosis("I10", "Tăng huyết áp vô căn (nguyên phát)", 0, 150),
    Diagnosis("E11.9", "Bệnh đái tháo đường típ 2, chưa có biến chứng", 0, 100),
    Diagnosis("E78.5", "Tăng lipid máu, không đặc hiệu", 0, 60),
    Diagnosis("N18.3", "Bệnh thận mạn giai đoạn 3", 0, 18),
    Diagnosis("I25.1", "Bệnh tim thiếu máu cục bộ mạn do xơ vữa", 0, 30),
    Diagnosis("I63.9", "Nhồi máu não, không đặc hiệu", 0, 10),
    Diagnosis("K29.7", "Viêm dạ dày, không đặc hiệu", 5, 60),
    Diagnosis("K21.9", "Trào ngược dạ dày - thực quản", 3, 50),
    Diagnosis("K35.8", "Viêm ruột thừa cấp", 6, 6),
    Diagnosis("M54.5", "Đau thắt lưng", 0, 50),
    Diagnosis("M17.9", "Thoái hóa khớp gối, không đặc hiệu", 0, 30),
    Diagnosis("S52.5", "Gãy đầu dưới xương quay", 12, 10),
    Diagnosis("L20.9", "Viêm da cơ địa", 25, 15),
    Diagnosis("H66.9", "Viêm tai giữa", 35, 8),
    Diagnosis("J45.9", "Hen, không đặc hiệu", 25, 15),
    Diagnosis("N39.0", "Nhiễm trùng đường tiết niệu", 12, 25),
    Diagnosis("O80", "Đẻ thường một thai", 0, 12),
    Diagnosis("C50.9", "U ác của vú, không đặc hiệu", 0, 6),
    Diagnosis("Z00.0", "Khám sức khỏe tổng quát", 30, 45),
)


@cache
def _weights(month: int, child: bool) -> tuple[float, ...]:
    return tuple(accumulate((one.child if child else one.adult) * one.months[month - 1] for one in DIAGNOSES))


def draw_diagnosis(rng: Random, month: int, *, child: bool) -> Diagnosis:
    """What somebody comes with in that month."""
    (found,) = rng.choices(DIAGNOSES, cum_weights=_weights(month, child))
    return found
