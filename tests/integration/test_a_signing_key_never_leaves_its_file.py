"""Where the key that signs checkpoints comes from, and how a wrong one is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.audit.signing import FILE, SigningKeyError, generate, signer
from api.settings import Settings
from tests.unit.forgery import SEED, SIGNER

PEM = f"-----BEGIN PRIVATE KEY-----\n{SEED}\n-----END PRIVATE KEY-----\n"


def set_up(**given: object) -> Settings:
    return Settings.model_validate({"DATABASE_URL": "postgresql://", **given})


def test_on_the_embedded_server_a_key_is_made_once_which_only_its_owner_reads(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first, second = signer(settings), signer(settings)
    assert first is not None
    assert second is not None
    assert first.key_id == second.key_id
    (file,) = (tmp_path / "data").iterdir()
    assert file.name == FILE
    assert file.stat().st_mode & 0o777 == 0o600


def test_of_several_that_make_a_key_at_once_one_wins(tmp_path: Path) -> None:
    files = [tmp_path / FILE] * 8
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(generate, files))
    assert [file.name for file in tmp_path.iterdir()] == [FILE]
    assert signer(Settings(data_dir=tmp_path)) is not None


def test_on_a_database_of_one_s_own_nothing_is_made() -> None:
    assert signer(set_up()) is None


@pytest.mark.parametrize("text", [SEED, PEM, PEM.replace("\n", "\r\n"), f"\n{SEED}\n"])
def test_a_key_is_taken_from_the_environment_with_and_without_its_frame(text: str) -> None:
    made = signer(set_up(signing_key=text))
    assert made is not None
    assert made.key_id == SIGNER.key_id


def test_a_key_is_taken_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(PEM)
    made = signer(set_up(signing_key_file=file))
    assert made is not None
    assert made.public_key == SIGNER.public_key


@pytest.mark.parametrize("text", ["", "secret", SEED[:-8], "ß", PEM + PEM])
def test_what_is_no_key_is_refused_without_being_repeated(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(text)
    with pytest.raises(SigningKeyError) as refused:
        signer(set_up(signing_key_file=file))
    assert str(file) in str(refused.value)
    assert not text or text not in str(refused.value)


def test_a_key_of_another_kind_is_refused() -> None:
    other = generate_private_key(SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(SigningKeyError, match="Ed25519"):
        signer(set_up(signing_key=pem))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match=r"missing\.pem"):
        signer(set_up(signing_key_file=tmp_path / "missing.pem"))


def test_checkpoints_that_nobody_can_sign_are_not_sent_silently(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyError, match="CONTACTS_SIGNING_KEY_FILE"):
        signer(set_up(checkpoint_dir=tmp_path))
