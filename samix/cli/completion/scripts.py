"""The shells that samix completes command lines for: their scripts, and where these belong."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from samix.messages.errors import OptionError

_BASH = """\
_samix_completion() {
    local line kind=""
    COMPREPLY=()
    while IFS= read -r line; do
        if [ -z "$kind" ]; then
            kind=$line
        else
            COMPREPLY+=("$line")
            case $line in *[=.]) compopt -o nospace 2>/dev/null ;; esac
        fi
    done <<<"$(_SAMIX_COMPLETE=complete_bash _SAMIX_LINE="${COMP_LINE:0:COMP_POINT}" \\
        _SAMIX_WORDBREAKS="$COMP_WORDBREAKS" "${1/#\\~/$HOME}" 2>/dev/null)"
    case $kind in
        file) ;;
        directory) compopt +o default -o dirnames 2>/dev/null ;;
        *) compopt +o default 2>/dev/null ;;
    esac
}

complete -o default -F _samix_completion samix
"""
_ZSH = """\
#compdef samix

_samix_completion() {
    local -a answer words_of_answer space
    local line
    answer=("${(@f)$(_SAMIX_COMPLETE=complete_zsh "${${(Q)words[1]}/#\\~/$HOME}" \\
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    case $answer[1] in
        file) _files ;;
        directory) _files -/ ;;
        words)
            for line in "${(@)answer[2,-1]}"; do
                [[ ${line%%$'\\t'*} == *[=.] ]] && space=(-S '')
                words_of_answer+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
            done
            _describe samix words_of_answer "${space[@]}"
            ;;
    esac
}

if [[ $funcstack[1] == _samix ]]; then
    _samix_completion "$@"
else
    compdef _samix_completion samix
fi
"""
_FISH = """\
function _samix_completion
    set -l current (commandline -ct)
    set -l answer (env _SAMIX_COMPLETE=complete_fish (commandline -opc) "$current" 2>/dev/null)
    switch "$answer[1]"
        case file
            __fish_complete_path "$current"
        case directory
            __fish_complete_directories "$current"
        case words
            printf '%s\\n' $answer[2..-1]
    end
end

complete --command samix --no-files --arguments '(_samix_completion)'
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
SHELLS = tuple(_SCRIPTS)
_FPATH = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"


def script(shell: str) -> str:
    """The completion script of a shell, which the shell reads at its start.

    Raises:
        OptionError: samix has none for this shell.
    """
    try:
        return _SCRIPTS[shell]
    except KeyError:
        raise OptionError(
            f"There is no completion for {shell or 'an unknown shell'}.",
            hint=f"Name one of {', '.join(_SCRIPTS)}, as in: samix --show-completion bash",
        ) from None


def detect(environ: Mapping[str, str]) -> str:
    """The shell that samix was started from, or else that of the user; empty if neither is known."""
    names = [environ.get("SHELL", "")]
    with suppress(OSError):  # another system
        names.insert(0, Path(f"/proc/{os.getppid()}/comm").read_text(encoding="utf-8").strip())
    known = (os.path.basename(name).removeprefix("-") for name in names)
    return next((name for name in known if name in _SCRIPTS), os.path.basename(names[-1]))


def install(shell: str, environ: Mapping[str, str]) -> Path:
    """Put the script where the shell finds it at its start, and return its path. Doing so twice changes nothing.

    Raises:
        OptionError: samix has none for this shell.
        OSError: It cannot be written.
    """
    text = script(shell)
    home = Path(environ.get("HOME") or Path.home())
    if shell == "bash":
        path = home / ".bash_completions" / "samix.sh"
        _add_line(home / ".bashrc", f"source {shlex.quote(str(path))}")
    elif shell == "zsh":
        path = home / ".zfunc" / "_samix"
        _add_line(Path(environ.get("ZDOTDIR") or home) / ".zshrc", _FPATH)
    else:
        path = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "completions" / "samix.fish"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _add_line(path: Path, line: str) -> None:
    """Add a line at the end of a file, unless the file has it."""
    content = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
    if line not in content.splitlines():
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{'' if content.endswith(chr(10)) or not content else chr(10)}{line}\n")
