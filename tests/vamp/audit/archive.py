"""An archive in memory that may be away, for what is carried to archives."""

from __future__ import annotations

from vamp.ports.errors import PortUnavailable


class Archive:
    """Keeps what it is given by identity; `is_away` refuses to answer."""

    def __init__(self):
        self.kept = {}
        self.writes = 0
        self.is_away = False
        self.refuses = set()

    def write(self, entries):
        if self.is_away:
            raise PortUnavailable("away")
        self.writes += 1
        refused = {e.identity: "too odd" for e in entries if e.name in self.refuses}
        self.kept |= {e.identity: e for e in entries if e.identity not in refused}
        return refused

    def links(self, identities, *, days):
        return {each: self.kept[each].link for each in identities if each in self.kept}

    def entries(self, database, *, after, most):
        if self.is_away:
            raise PortUnavailable("away")
        mine = [e for e in self.kept.values() if e.database == database and e.position > after]
        return sorted(mine, key=lambda entry: entry.position)[:most]

    def prune(self, *, before):
        old = [key for key, entry in self.kept.items() if entry.at < before]
        for key in old:
            del self.kept[key]
        return len(old)
