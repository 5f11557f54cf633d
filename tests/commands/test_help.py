"""What the commands say of themselves: enough for somebody who has never seen them."""

import click
import pytest

from booking_api.commands import COMMANDS

from ..processes import flask

ALL = {
    f"{command.name} {name}".strip(): inner
    for command in COMMANDS
    for name, inner in {"": command, **(command.commands if isinstance(command, click.Group) else {})}.items()
}
each_command = pytest.mark.parametrize("command", ALL.values(), ids=ALL)


@each_command
def test_a_command_has_a_line_that_fits_the_list_and_more_than_that(command):
    assert not command.get_short_help_str(limit=45).endswith("..."), command.get_short_help_str(limit=45)
    if not isinstance(command, click.Group):
        assert len(command.help.split()) >= 4


@each_command
def test_every_option_is_explained_and_every_argument_named_in_the_text(command):
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
        else:
            assert parameter.name.upper() in command.help


def test_what_cannot_be_undone_is_asked_about_and_scripts_can_say_yes():
    for name in ("ban-account", "cancel-event", "close-payment"):
        assert "--yes" in [name for parameter in ALL[name].params for name in parameter.opts]


@pytest.mark.server
@pytest.mark.parametrize("words", [["--help"], ["cancel-event", "--help"]])
def test_help_needs_no_mongodb(var_dir, words):
    done = flask(*words, VAR_DIR=var_dir)
    assert done.returncode == 0, done.stderr
    assert "cancel-event" in done.stdout and "Error" not in done.stdout + done.stderr
    assert not (var_dir / "mongodb").exists()
