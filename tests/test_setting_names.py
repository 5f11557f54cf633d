"""The names of the settings, and the variables that look like one of them."""

import re

import pytest

from booking_api.setting_names import misspelled, names_of_settings

from .processes import CHECKOUT

# Names that are set where such a service runs: on a desk, in CI, on platforms, in Kubernetes and under systemd.
OTHERS = """
    PATH HOME USER LOGNAME SHELL TERM LANG LC_ALL PWD OLDPWD SHLVL HOSTNAME HOSTTYPE TMPDIR EDITOR PAGER EMAIL MAIL
    DISPLAY SSH_AUTH_SOCK XDG_DATA_DIRS XDG_RUNTIME_DIR VIRTUAL_ENV CONDA_PREFIX PORTAGE_ROOT PORTS PORT0 PORT1 TZ
    PYTHONPATH PYTHONUNBUFFERED PYTHONHASHSEED PYTHON_VERSION PIP_INDEX_URL NODE_ENV NPM_CONFIG_CACHE JAVA_HOME
    GUNICORN_CMD_ARGS GUNICORN_FD GUNICORN_PID SERVER_SOFTWARE PROMETHEUS_MULTIPROC_DIR FLASK_APP FLASK_ENV FLASK_DEBUG
    FLASK_RUN_PORT FLASK_RUN_HOST WERKZEUG_RUN_MAIN WERKZEUG_SERVER_FD WEB_MEMORY DYNO DATABASE_URL REDIS_URL LOG_DIR
    RENDER RENDER_EXTERNAL_URL RENDER_EXTERNAL_HOSTNAME RENDER_SERVICE_ID RENDER_SERVICE_NAME RENDER_GIT_COMMIT
    RENDER_INSTANCE_ID RENDER_CPU_COUNT IS_PULL_REQUEST CI CI_JOB_ID CI_SERVER_PORT CI_COMMIT_SHA CI_PROJECT_DIR
    GITHUB_ACTIONS GITHUB_TOKEN GITHUB_SERVER_URL GITHUB_WORKSPACE RUNNER_OS RUNNER_TEMP GITLAB_CI BUILDKITE CIRCLECI
    TRAVIS JENKINS_URL BUILD_NUMBER KUBERNETES_PORT KUBERNETES_SERVICE_HOST KUBERNETES_PORT_443_TCP_ADDR MONGODB_PORT
    MONGODB_SERVICE_HOST MONGODB_PORT_27017_TCP MONGODB_HOST WEB_PORT EMAIL_PORT EMAIL_HOST INVOCATION_ID
    JOURNAL_STREAM LISTEN_FDS LISTEN_PID NOTIFY_SOCKET SYSTEMD_EXEC_PID MEMORY_PRESSURE_WATCH http_proxy https_proxy
    no_proxy SENTRY_DSN OTEL_SERVICE_NAME MONGO_INITDB_ROOT_USERNAME
""".split()  # noqa: SIM905 (a list of a hundred lines would not be read)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("CORS_ALLOWED_ORIGINS", None),
        ("JWT_SECRET", "JWT_SECRET_KEY"),
        ("JWT_SECRETKEY", "JWT_SECRET_KEY"),
        ("MONGO_URI", "MONGODB_URI"),
        ("MONGO_URL", "MONGODB_URI"),
        ("MONGODB_URL", "MONGODB_URI"),
        ("EMAIL_URI", "EMAIL_URL"),
        ("RATE_LIMIT_ENABLED", "RATELIMIT_ENABLED"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("port", "PORT"),
        ("Cors_Origins", "CORS_ORIGINS"),
    ],
)
def test_a_misspelled_setting_is_named_with_the_one_that_was_meant(name, near):
    sentences = [f"{name} is not a setting: do you mean {near}?"] if near else []
    assert misspelled({name: "a value that nobody sees"}) == sentences


def test_what_others_have_set_is_no_misspelled_setting():
    assert misspelled(dict.fromkeys(OTHERS, "")) == []


def test_settings_themselves_are_not_misspelled():
    assert misspelled(dict.fromkeys(names_of_settings(), "")) == []


def test_who_has_set_the_right_name_too_means_another_program_by_the_near_one():
    assert misspelled({"MONGO_URI": "", "MONGODB_URI": ""}) == []


def test_the_example_of_an_environment_has_every_setting_and_no_other():
    lines = (CHECKOUT / ".env.example").read_text()
    named = re.findall(r"^# ([A-Z_]+)=", lines, re.MULTILINE)
    assert set(named) == names_of_settings()
    assert len(named) == len(set(named))
