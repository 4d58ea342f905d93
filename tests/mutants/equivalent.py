"""Mutants that do the same as the original, or differ in what nobody relies on; each with why."""

MESSAGE = "the text of an error that only a programmer sees"
SPELLING = "SQL does not care for upper and lower case"
CLOSED = "the connection is closed in the next line, which rolls back as well"
NO_CLASS = "a text in place of no code begins no class of errors either"
CLOCK = "a clock that stands exactly at the deadline"

EQUIVALENT: dict[str, str] = {
    "Batch._entry: - return entry.copy() if entry.contact.version else entry "
    "+ return entry.copy() if entry.contact.version or True else entry": (
        "a contact that nobody has heard of is copied in vain"
    ),
    "Batch._grant: - return done if answer is None else replace(done, answer=answer) "
    "+ return done if answer is None and False else replace(done, answer=answer)": (
        "an answer of None is replaced by None"
    ),
    "Batch.decide_and_send: - if len(self.requests) <= PART: + if len(self.requests) < PART:": (
        "a list of one part is sent in a trip of its own"
    ),
    "Batch.commit: - self.connection.execute('COMMIT') + self.connection.execute('commit')": (
        SPELLING
    ),
    "Contacts.rehearse: - connection.execute('ROLLBACK') + connection.execute('rollback')": (
        SPELLING
    ),
    "Contacts._rollback: - connection.execute('ROLLBACK') + connection.execute('rollback')": (
        SPELLING
    ),
    "Contacts._rollback: - connection.execute('ROLLBACK') + connection.execute('XXROLLBACKXX')": (
        CLOSED
    ),
    "Contacts._look_for: - connection.execute('SELECT log.lock_heads(%s, true)', "
    "([trace.company_id],)) + connection.execute('select log.lock_heads(%s, true)', "
    "([trace.company_id],))": SPELLING,
    "has_no_room: - return (failure.sqlstate or '').startswith(NO_ROOM) "
    "+ return (failure.sqlstate or 'XXXX').startswith(NO_ROOM)": NO_CLASS,
    "refusal: - if (failure.sqlstate or '').startswith((NO_ROOM, STOPPED)): "
    "+ if (failure.sqlstate or 'XXXX').startswith((NO_ROOM, STOPPED)):": NO_CLASS,
    "Contacts._recorded: - while time.monotonic() < deadline: "
    "+ while time.monotonic() <= deadline:": CLOCK,
    "Contacts._remember: - while len(self._cache) > CACHED_CONTACTS: "
    "+ while len(self._cache) >= CACHED_CONTACTS:": "a cache of 999 contacts instead of 1,000",
    "Contacts._keep_warning: - self._warnings.append(notice.message_primary or '') "
    "+ self._warnings.append(notice.message_primary or 'XXXX')": (
        "that there was a warning counts; a warning of PostgreSQL always has a text"
    ),
    "CompanyLog.subscribe: - raise NotImplementedError('poll select_notifications: positions have "
    "no gaps to wait for') + raise NotImplementedError('XXpoll select_notifications: positions "
    "have no gaps to wait forXX')": MESSAGE,
    "ContactMapper.to_domain_event: - raise TypeError(msg) + raise TypeError(None)": MESSAGE,
    "instant: - raise ValueError('an instant has a time zone') "
    "+ raise ValueError('XXan instant has a time zoneXX')": MESSAGE,
}
