"""X-Forwarded-For can be written by anybody: only what trusted proxies wrote counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.optin.origin import Network, client_address, networks
from api.settings import Settings


def trusted(text: str) -> tuple[Network, ...]:
    found = networks(text)
    assert isinstance(found, tuple)
    return found


OURS = trusted("10.0.0.0/8, 192.0.2.7, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "headers", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["1.1.1.1", "198.51.100.1, 10.9.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1, 192.0.2.7 , 10.9.9.9"], "198.51.100.1"),
        ("10.1.2.3", ["10.4.4.4"], "10.4.4.4"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["198.51.100.1:4711"], "198.51.100.1"),
        ("10.1.2.3", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("fd00::1", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
    ],
)
def test_the_nearest_address_that_is_no_trusted_proxy_is_the_client(
    peer: str, headers: list[str], client: str
) -> None:
    assert client_address(peer, headers, OURS) == client


@pytest.mark.parametrize("header", ["unknown", "", "198.51.100.1, _hidden", "<script>"])
def test_what_a_proxy_hides_is_not_known(header: str) -> None:
    assert client_address("10.1.2.3", [header], OURS) is None


def test_a_peer_without_an_address_is_not_known_and_not_trusted() -> None:
    assert client_address(None, ["198.51.100.1"], OURS) is None


@given(st.lists(st.text(max_size=40), max_size=3))
def test_nothing_that_an_untrusted_client_writes_is_believed(headers: list[str]) -> None:
    assert client_address("203.0.113.9", headers, OURS) == "203.0.113.9"


def test_the_setting_takes_networks_and_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTACTS_TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7,fd00::/8,")
    assert Settings().trusted_proxies == OURS
    monkeypatch.setenv("CONTACTS_TRUSTED_PROXIES", "")
    assert Settings().trusted_proxies == ()


@pytest.mark.parametrize("text", ["everybody", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8;fd00::/8"])
def test_what_is_no_network_is_refused_at_the_start(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONTACTS_TRUSTED_PROXIES", text)
    with pytest.raises(ValidationError, match="is no network"):
        Settings()
