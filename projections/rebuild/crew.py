"""Hands out the pieces of the log to worker processes, and ends them with this one."""

import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from typing import Any, Never

import psycopg

from domain.errors import anonymous
from projections.rebuild.errors import RebuildError
from projections.rebuild.loading import Filled, Task, fill
from projections.rebuild.streams import Piece

ENDED = (
    "a worker process was ended from outside, perhaps for lack of memory; "
    "fewer --jobs need less of it"
)


def load(task: Task, todo: Sequence[Piece], jobs: int) -> Generator[Filled, None, None]:
    """Fill all pieces, and return what came of each as it is done."""
    if min(jobs, len(todo)) == 1:  # a process more would only take time to start
        with psycopg.connect(task.conninfo, autocommit=True) as connection:
            for piece in todo:
                yield fill(connection, task, piece)
        return
    with crew(task, min(jobs, len(todo))) as pipes:
        yield from hand_out(pipes, todo)


def hand_out(pipes: list["Pipe[Any, Any]"], todo: Sequence[Piece]) -> Iterator[Filled]:
    """Give each worker a piece whenever it is done with one."""
    left = iter(todo)
    busy = [pipe for pipe in pipes if send_next(pipe, left)]
    while busy:
        ready = wait(busy)
        for pipe in [pipe for pipe in busy if pipe in ready]:
            yield received(pipe)
            if not send_next(pipe, left):
                busy.remove(pipe)


def send_next(pipe: "Pipe[Any, Any]", left: Iterator[Piece]) -> bool:
    """Send the next piece, if there is one."""
    for piece in left:
        try:
            pipe.send(piece)
        except OSError:
            raise RebuildError(ENDED) from None
        return True
    return False


def received(pipe: "Pipe[Any, Any]") -> Filled:
    """Return a worker's answer, or raise what made it fail."""
    try:
        answer = pipe.recv()
    except (EOFError, OSError):  # what it is depends on whether it had read what was sent last
        answer = RebuildError(ENDED)
    if isinstance(answer, Exception):
        raise answer
    filled: Filled = answer
    return filled


@contextmanager
def crew(task: Task, size: int) -> Iterator[list["Pipe[Any, Any]"]]:
    """Start worker processes, and end them, whatever has happened."""
    context = get_context("spawn")
    pipes, processes = [], []
    try:
        for _ in range(size):
            ours, theirs = context.Pipe()
            process = context.Process(target=work, args=(theirs, task), daemon=True)
            process.start()
            theirs.close()  # else the worker would not notice when this process ends
            pipes.append(ours)
            processes.append(process)
        yield pipes
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join()


def work(pipe: "Pipe[Any, Any]", task: Task) -> None:
    """Fill pieces until none comes, or until whoever hands them out has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that hands out
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            fill_for_ever(pipe, task)
        except (RebuildError, psycopg.OperationalError) as known:
            pipe.send(type(known)(str(known)))
        except psycopg.Error as failure:
            pipe.send(RebuildError(f"the database refused: {anonymous(failure)}"))


def fill_for_ever(pipe: "Pipe[Any, Any]", task: Task) -> Never:
    """Answer each piece that comes with what came of it."""
    with psycopg.connect(task.conninfo, autocommit=True) as connection:
        while True:
            pipe.send(fill(connection, task, pipe.recv()))
