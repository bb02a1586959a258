"""The demonstration: a service, its users, two releases of it, and what was measured.

Everything here stands outside of Vamp: it speaks with the API over HTTP, with the gateways as any
client would, and with the scheduler by its definition file. It imports no Django and nothing of
the apps, so it also shows what anybody can do from outside. Nothing may import it but the
``demo`` command.
"""
