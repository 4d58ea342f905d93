"""The examples of docs/audit.md; their hashes were computed by hand, not with our code."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

COMPANY = UUID("0190a5f0-1c2d-7e3f-8a4b-5c6d7e8f9a0b")
GENESIS = "49176176c3edde644d6c5d197a81b3f6a7c17de23adc6882fe2cbb180a9c4b5b"


@dataclass(frozen=True)
class Vector:
    """An event, and what comes of it."""

    position: int
    contact_id: UUID
    version: int
    topic: str
    recorded_at: datetime
    actor: str
    source: str
    request_id: str
    state: bytes
    entry_hash: str
    digest: str
    hash: str


VECTORS = (
    Vector(
        1,
        UUID("0190a5f0-1c2e-7000-9000-00000000000a"),
        1,
        "contact.created",
        datetime(2026, 1, 2, 3, 4, 5, 0, UTC),
        "key_1/user-7",
        "api",
        "0190a5f0-1c2f-7abc-8def-0123456789ab",
        b'{"schema":1,"nonce":"000102030405060708090a0b0c0d0e0f",'
        b'"data":{"first_name":"J\xc3\xbcrgen"}}',
        "ed14af44c5dd722b2812719e76489423b9c89fdc66cf612bff321a1eff595943",
        "20a60bab7ed03dff50a4fa9fb35e70d93f164984dc9f84a44182457744d4fa8b",
        "151a0b62aa2263f3334f3e3cebdcaeaacb76c012792dd87c64cdca6cded89e56",
    ),
    Vector(
        2,
        UUID("0190a5f0-1c2e-7000-9000-00000000000a"),
        2,
        "contact.deleted",
        datetime(2026, 1, 2, 3, 4, 5, 1, UTC),
        "",
        "",
        "",
        b"",
        "30b57f32ed955c9255c7fa21527d15e48ae0490c63dafc74e54d1599e6de177d",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "28e1e6f2afa17daa0678905b39656e759bf860d5dfe970b99ef2c441163094a5",
    ),
    Vector(
        3,
        UUID("ffffffff-ffff-4fff-bfff-ffffffffffff"),
        100_000,
        "contact.tagged",
        datetime(2026, 6, 30, 23, 59, 59, 999_999, UTC),
        "Jürgen Müller",
        "import",
        "ß",
        b"no JSON",
        "0eb21c664790cb89561fb8f2bb89bd4714d0cd4d64f15067c89d214b9c796991",
        "29ecbeb830e3244605e5a88493e4088424a71780e5cf59bb3475f278f294335b",
        "e26590233fd734657c29ae965294ae4ab023f5e724e804f0099f7dfaf36cdbd3",
    ),
)
