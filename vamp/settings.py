"""Django's settings, all derived from `vamp.variables`. Names apps by string, imports none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django_stubs_ext
from django.templatetags.static import static
from django.urls import reverse_lazy

from vamp import variables
from vamp.database_url import described
from vamp.secrets import kept_secret

django_stubs_ext.monkeypatch()

VAMP = variables.load()
BASE_DIR = variables.ROOT
STATE_DIR: Path = VAMP.state_dir.resolve()

SECRET_KEY = VAMP.secret_key or kept_secret(STATE_DIR, "secret_key")
DEBUG = VAMP.debug
ALLOWED_HOSTS = [host.strip() for host in VAMP.allowed_hosts.split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [
    origin.strip() for origin in VAMP.trusted_origins.split(",") if origin.strip()
]

INSTALLED_APPS = [
    "tenants.terminal",  # first: its commands take the place of those that leave no audit entry
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "vamp.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "vamp.apps.VampConfig",
    "tenants",
    "gateways",
    "policies",
]

MIDDLEWARE = [
    "vamp.requests.RequestContextMiddleware",  # first: it names and counts every answer
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tenants.duties.DutiesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "vamp.urls"
ASGI_APPLICATION = "vamp.asgi.application"
WSGI_APPLICATION = "vamp.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


DATABASES = {
    "default": described(VAMP.database_url or f"sqlite://{STATE_DIR}/vamp.sqlite3"),
    **{alias: described(url) for alias, url in VAMP.databases.items()},
}
DEDICATED_DATABASES = "tenants.databases.dedicated_databases"
"""Who may say which databases tenants have of their own; see `vamp.dedicated`."""

DATABASE_ROUTERS = ["vamp.databases.ExplicitRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

KV_URL = VAMP.kv_url or f"file://{STATE_DIR}/kv"
EVENTS_URL = VAMP.events_url
EVENTS_KEY = VAMP.events_key
EVENT_SCOPES = "tenants.connections.event_scopes"
EVENTS_GONE = "tenants.selectors.is_organisation_gone"
"""Who may say which streams tenants have of their own; see `vamp.streams`."""

OBJECT_LABELS = {
    "gateway": "gateways.selectors.gateway_labels",
    "service": "gateways.selectors.service_labels",
}
"""Who reads the labels of objects, for role bindings that choose by them; see `tenants.labels`."""

METRICS_URL = VAMP.metrics_url

AUDIT_ARCHIVES = "tenants.connections.audit_archive_of"
"""Who may say where a namespace's audit trail is kept as well; see `vamp.audit.archiving`."""

AUDIT_FOLDER = VAMP.audit_folder

# Only the embedded store has a key that can be made up; a server's is given.
KV_KEY = VAMP.kv_key or (kept_secret(STATE_DIR, "kv_key") if KV_URL.startswith("file:") else "")


AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "tenants.backends.LockoutBackend",  # first: whoever is locked out gets no further
    "tenants.backends.TenantBackend",
]
PASSWORD_SALTING = "tenants.services.salts.salted"  # noqa: S105 a name, not a password
"""What mixes passwords with their organisation's salt, of which models know nothing."""

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["login", "full_name", "email"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Who is locked out and when, we say (`tenants.services.lockout`); axes sees to it that every way
# of signing in asks. Its own middleware would overwrite the answers of our pages.
AXES_HANDLER = "tenants.lockout.LockoutHandler"
AXES_USERNAME_FORM_FIELD = "username"  # as `authenticate` is told it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]

ACCOUNT_ADAPTER = "tenants.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_RATE_LIMITS = False  # our own lock-out counts in the database, for all processes at once
SOCIALACCOUNT_ADAPTER = "tenants.accounts.SignOnAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
MFA_ADAPTER = "tenants.accounts.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "tenants.pages.factor_forms.CountedCodeForm",
    "authenticate_webauthn": "tenants.pages.factor_forms.CountedKeyForm",
}
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Vamp"
MFA_TOTP_TOLERANCE = 1

LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
SESSION_ENGINE = "tenants.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "vamp-session"
CSRF_COOKIE_NAME = "vamp-csrf"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served from the apps' own folders: nothing has to be collected before the first start.
WHITENOISE_USE_FINDERS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.permissions.IsPrincipal"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "vamp.api.parsers.YamlParser"],
    "DEFAULT_PAGINATION_CLASS": "vamp.api.pagination.NumberedPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # ?format= is an export's own parameter, and elsewhere none that is known.
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "vamp.api.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vamp",
    "DESCRIPTION": "Release new versions of services onto live traffic step by step, on evidence.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "LifeStateEnum": "tenants.models.life.LifeState",
        "StoreKindEnum": "tenants.models.storage.StoreKind",
    },
}

UNFOLD = {
    "SITE_TITLE": "Vamp",
    "SITE_HEADER": "Vamp",
    "SITE_SYMBOL": "alt_route",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("vamp/img/vamp.svg"),
        },
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "#eef7f6",
            "100": "#d5ecea",
            "200": "#aedad6",
            "300": "#7cc0bb",
            "400": "#4da39e",
            "500": "#3f9d97",
            "600": "#1f6d69",
            "700": "#1b5855",
            "800": "#194746",
            "900": "#163b3a",
            "950": "#072322",
        },
    },
    "DASHBOARD_CALLBACK": "policies.pages.overview.dashboard",
    "ENVIRONMENT": "tenants.pages.switcher.stage_badge",
    "ENVIRONMENT_OF": "tenants.pages.switcher.environment_of",
    "ACCESS": "tenants.pages.access",
    "STYLES": [lambda request: static("vamp/css/vamp.css")],
    "SCRIPTS": [lambda request: static("vamp/js/live.js")],
    "SITE_DROPDOWN": "tenants.pages.switcher.environments_menu",
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": reverse_lazy("mfa_index")}]},
    "SIDEBAR": {"show_search": True, "navigation": "policies.pages.sidebar.navigation"},
}

CONSUMERS = ["tenants.consumers", "gateways.consumers", "policies.consumers"]
COLLECTORS = {
    "worker": [
        "gateways.collectors.StaleGateways",
        "policies.collectors.ActiveReleases",
        "tenants.collectors.WaitingKeyEnds",
    ],
    "consume": ["vamp.stream_lag.StreamLag"],
}
"""What each process tells Prometheus beside its counters, read from rows when it is asked."""

CELERY_BROKER_URL = VAMP.broker_url or f"filesystem://{STATE_DIR}/broker"

LOG_LEVEL = VAMP.log_level
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "vamp.log_context.ContextFilter"}},
    "formatters": {"line": {"()": "vamp.logs.Formatter", "style": VAMP.log_format}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["context"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    # What these say of every request, start and tick would hide our own lines.
    "loggers": {
        name: {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"}
        for name in ("celery", "django.server", "uvicorn")
    },
}
