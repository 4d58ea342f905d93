"""Makes up people of many countries; the same seed makes the same people."""

from dataclasses import dataclass
from random import Random

from projections.contacts.folding import sort_key


@dataclass(frozen=True, slots=True)
class Locale:
    """Names, mail domains and phone numbers of one country."""

    language: str
    dial: str
    mobile: tuple[str, ...]
    digits: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    first_name: str
    last_name: str
    email: str
    phone: str
    language: str


def words(text: str) -> tuple[str, ...]:
    """Split a list of names; an underscore stands for a space."""
    return tuple(word.replace("_", " ") for word in text.split())


LOCALES = (
    Locale(
        "de", "+49", ("151", "160", "170", "171", "176"), 8,
        words("Anna Jürgen Björn Käthe Günther Sören Lukas Emma Mia Paul Felix Marie Jörg Heike "
              "Zoë Michael Manuela Joachim Renate Ömer Ayşe"),
        words("Müller Mueller Schmidt Schäfer Weiß Weiss Groß Köhler Böhm Jäger Krüger Meyer Maier "
              "Schröder Hoffmann Wagner Becker Bauer Neumann von_der_Heide"),
        ("gmx.de", "web.de", "t-online.de", "posteo.de"),
    ),
    Locale(
        "en", "+44", ("7400", "7700", "7911"), 6,
        words("Oliver Amelia Jack Isla Harry Ava George Emily Noah Sophie Charlie Grace Liam Chloe "
              "Zoe Siân Seán Róisín"),
        words("Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Wright O'Brien "
              "O'Neill McDonald Fraser Smith-Jones"),
        ("gmail.com", "outlook.com", "yahoo.co.uk", "icloud.com"),
    ),
    Locale(
        "fr", "+33", ("6", "7"), 8,
        words("Léa Chloé Gaël Zoé Noël Anaïs François Hélène Jérôme Élodie Lucas Hugo Inès Théo"),
        words("Martin Bernard Dubois Lefèvre Lévêque Besançon Côté Moreau Girard Fournier Le_Goff"),
        ("orange.fr", "free.fr", "laposte.net"),
    ),
    Locale(
        "pl", "+48", ("501", "602", "790"), 6,
        words("Łukasz Paweł Małgorzata Zofia Stanisław Żaneta Kamil Agnieszka Wojciech Ewa"),
        words("Kowalski Nowak Wiśniewski Wójcik Kamiński Zieliński Szymański Woźniak Dąbrowska"),
        ("wp.pl", "onet.pl", "interia.pl"),
    ),
    Locale(
        "sv", "+46", ("70", "72", "73"), 7,
        words("Åsa Björn Örjan Maja Elsa Gösta Linnéa Søren Jørgen Bjørk Æsa"),
        words("Andersson Johansson Åkesson Öberg Söderström Sjögren Hansen Sørensen Ødegård"),
        ("telia.com", "hotmail.se"),
    ),
    Locale(
        "tr", "+90", ("532", "542", "555"), 7,
        words("Ayşe Fatma Mehmet Çağla İbrahim Işıl Gülşen Oğuz Zeynep Şule"),
        words("Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Özdemir"),
        ("gmail.com", "mynet.com"),
    ),
    Locale(
        "es", "+34", ("612", "634", "699"), 6,
        words("José María Lucía Íñigo Begoña Ángel Sofía Núria Martín Álvaro"),
        words("García Muñoz Peña Ibáñez Núñez Gómez López de_la_Fuente Martínez"),
        ("gmail.com", "telefonica.net"),
    ),
)  # fmt: skip
SHARES = (40, 20, 10, 10, 8, 6, 6)
"""How many people of a hundred come from which locale."""


def person(random: Random, number: int) -> Person:
    """Make up somebody; `number` keeps addresses apart."""
    locale = random.choices(LOCALES, SHARES)[0]
    first, last = random.choice(locale.first), random.choice(locale.last)
    mailbox = ".".join(plain(name) for name in (first, last))
    email = f"{mailbox}.{number}@{random.choice(locale.domains)}"
    digits = "".join(random.choices("0123456789", k=locale.digits))
    phone = f"{locale.dial}{random.choice(locale.mobile)}{digits}"
    return Person(first, last, email, phone, locale.language)


def plain(name: str) -> str:
    """Spell a name as people do in their addresses."""
    return "".join(sign for sign in sort_key(name) if sign.isascii() and sign.isalnum())
