"""How the mail server is reached: what `EMAIL_URL` may be, TLS, and logging in."""

import ssl
import subprocess
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from aiosmtpd.smtp import AuthResult

from booking_api import create_app
from booking_api.clock import now
from booking_api.config import Settings
from booking_api.errors import StartupError
from booking_api.notifications.mailboxes import Mailbox
from booking_api.notifications.message import Message
from booking_api.notifications.senders import make_sender
from booking_api.notifications.smtp import SmtpSender, SmtpServer, checked_sender

from ..apps import SETTINGS
from ..mail_server import MailServer
from ..processes import Service

USER, PASSWORD = "ada@example.com", "p/ss:w@rd %"
HIDDEN = "ada%40example.com:p%2Fss%3Aw%40rd%20%25"
ELSEWHERE = "127.1"  # resolves to this machine, and is not a name that says so


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody trusts yet, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {made}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return made, key


@pytest.fixture
def tls(certificate):
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusted(certificate, monkeypatch):
    """From here on the certificate is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def message():
    facts = {"name": "Ada", "token": "secret", "link": None}
    return Message("ada@example.com", "Ada", "Subject", "line", "<1@x>", now(), "password_reset", facts)


def send_by(url):
    with SmtpSender(SmtpServer.from_url(url), Mailbox("", "t@example.com")).session() as send:
        send(message())


def only_ada(_server, _session, _envelope, _mechanism, data):
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right, auth_data=data)


@pytest.mark.server
def test_tls_is_used_where_the_server_offers_it(tls, trusted):
    with MailServer(tls_context=tls) as server:
        send_by(f"smtp://127.0.0.1:{server.port}")
        assert [received.encrypted for received in server.received] == [True]


@pytest.mark.server
def test_a_server_that_demands_tls_is_given_it(tls, trusted):
    with MailServer(tls_context=tls, require_starttls=True) as server:
        send_by(f"smtp://127.0.0.1:{server.port}")
        assert len(server.received) == 1


@pytest.mark.server
def test_smtps_is_tls_from_the_first_byte(tls, trusted):
    with MailServer(ssl_context=tls) as server:
        send_by(f"smtps://127.0.0.1:{server.port}")
        assert [received.encrypted for received in server.received] == [True]


@pytest.mark.server
@pytest.mark.parametrize("options", ["tls_context", "ssl_context"])
def test_a_certificate_that_is_not_trusted_is_not_sent_to(tls, options):
    with MailServer(**{options: tls}) as server:
        scheme = "smtp" if options == "tls_context" else "smtps"
        with pytest.raises(ssl.SSLCertVerificationError):
            send_by(f"{scheme}://127.0.0.1:{server.port}")
        assert server.received == []


@pytest.mark.server
def test_a_certificate_of_another_host_is_not_sent_to(tls, trusted):
    with MailServer(tls_context=tls) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            send_by(f"smtp://localhost:{server.port}")
        assert server.received == []


@pytest.mark.server
def test_user_and_password_log_in_over_tls(tls, trusted):
    with MailServer(tls_context=tls, authenticator=only_ada, auth_required=True) as server:
        send_by(f"smtp://{HIDDEN}@127.0.0.1:{server.port}")
        assert [(received.user, received.encrypted) for received in server.received] == [(USER, True)]


@pytest.mark.server
def test_a_wrong_password_sends_nothing_and_is_tried_again_later(tls, trusted):
    with MailServer(tls_context=tls, authenticator=only_ada, auth_required=True) as server:
        with pytest.raises(OSError, match="535"):
            send_by(f"smtp://ada%40example.com:wrong@127.0.0.1:{server.port}")
        assert server.received == []


def test_a_password_is_not_told_to_another_machine_without_tls():
    told = []

    def listen(*args):
        told.append(args)
        return AuthResult(success=True)

    with MailServer(authenticator=listen, auth_require_tls=False) as server:
        with pytest.raises(ConnectionError, match="no TLS"):
            send_by(f"smtp://{HIDDEN}@{ELSEWHERE}:{server.port}")
        assert (told, server.received) == ([], [])
        send_by(f"smtp://{HIDDEN}@127.0.0.1:{server.port}")
        assert (len(told), len(server.received)) == (1, 1)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, False, None, None)),
        ("smtps://mail.example.com", ("mail.example.com", 465, True, None, None)),
        ("smtp://mail.example.com:2525/", ("mail.example.com", 2525, False, None, None)),
        ("smtp://ada:secret@mail.example.com:25", ("mail.example.com", 25, False, "ada", "secret")),
        (f"smtps://{HIDDEN}@mail.example.com", ("mail.example.com", 465, True, USER, PASSWORD)),
        ("smtp://[::1]:25", ("::1", 25, False, None, None)),
    ],
)
def test_an_email_url_names_the_server(url, found):
    server = SmtpServer.from_url(url)
    assert (server.host, server.port, server.implicit_tls, server.user, server.password) == found


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp:mail.example.com",
        "smtp://mail.example.com:port",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com:0",
        "smtp://mail.example.com/folder",
        "smtp://mail.example.com?tls=yes",
        "smtp://mail.example.com#tls",
        "smtp://ada@mail.example.com",
        "smtp://ada:12#34@mail.example.com",
        "smtp://ada:12/34@mail.example.com",
        "smtp://mail server",
        "smtp://[::1",
    ],
)
def test_an_email_url_of_no_use_stops_the_start_with_a_sentence(url):
    with pytest.raises(StartupError, match=r"^EMAIL_URL must be .*\.$"):
        create_app(Settings(jwt_secret_key=SETTINGS.jwt_secret_key, email_url=url))


@pytest.mark.parametrize("url", ["http://mail.example.com", "mail.example.com:25", "sendmail", "Console"])
def test_another_kind_of_email_url_stops_the_start_with_a_sentence(url):
    with pytest.raises(StartupError, match=r"^EMAIL_URL must be .*\.$"):
        Settings.from_environ({"EMAIL_URL": url, "JWT_SECRET_KEY": SETTINGS.jwt_secret_key})


@pytest.mark.parametrize(
    "address",
    ["tickets@example.com", "Tickets <tickets@example.com>", '"Tickets, & more" <tickets@example.com>', "Ž <t@e.com>"],
)
def test_a_sender_is_one_address(address):
    mail = EmailMessage()
    mail.set_raw("From", checked_sender(address).header)
    (only,) = getaddresses(mail.get_all("From"))
    assert only[1] == address.rpartition("<")[2].rstrip(">")


@pytest.mark.parametrize(
    "address",
    [
        "tickets",
        "tickets@",
        "@example.com",
        "<>",
        "a@example.com, b@example.com",
        "Tickets tickets@example.com",
        "tickets@example.com\n",
        "tickets@example.com\nBcc: eve@example.com",
        "tickets @ example com",
        "kärten@example.com",
    ],
)
def test_a_sender_of_no_use_stops_the_start_with_a_sentence(address):
    settings = Settings(jwt_secret_key=SETTINGS.jwt_secret_key, email_url="smtp://127.0.0.1", email_from=address)
    with pytest.raises(StartupError, match=r"^EMAIL_FROM must be one address.*\.$"):
        make_sender(settings)


def test_mail_that_is_sent_needs_an_address_that_it_comes_from():
    settings = Settings(jwt_secret_key=SETTINGS.jwt_secret_key, email_url="smtp://127.0.0.1")
    with pytest.raises(StartupError, match=r"^EMAIL_FROM must be set when EMAIL_URL is: .*\.$"):
        make_sender(settings)


@pytest.mark.server
def test_the_service_itself_does_not_start_with_an_email_url_of_no_use(var_dir):
    service = Service(var_dir, EMAIL_URL="smtp://ada@mail.example.com")
    try:
        service.launch()
        assert service.wait_end() != 0
        assert "Error: EMAIL_URL must be" in service.output()
        assert "Traceback" not in service.output()
        assert service.left_behind() == []
    finally:
        service.close()
