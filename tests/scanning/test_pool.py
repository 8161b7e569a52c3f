"""The pool: every task has a result, whatever the others do to their workers."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import pecdetect
from pecdetect.scanning import pool, safe_start
from pecdetect.scanning.pool import run
from pecdetect.scanning.tasks import MIB, Done, PoolError, Terms
from support.fakes import Echo, Unsignalled, Unstartable

pytestmark = pytest.mark.slow

MISDEEDS = {
    "exit": "crashed: The process that read it ended unexpectedly (exit status 3).",
    "raise": "crashed: The process that read it ended unexpectedly (exit status 70).",
    "hang": "timed-out: It was not judged within 0.5 seconds.",
}
if os.name == "posix":
    MISDEEDS["crash"] = "crashed: The process that read it ended unexpectedly (SIGSEGV)."


def results(tasks: list[str], terms: Terms) -> list[str]:
    return [result for result, _ in run(iter(tasks), Echo(), terms)]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_order_from_other_processes(jobs: int) -> None:
    tasks = [str(number) for number in range(500)]
    found = list(run(iter(tasks), Echo(), Terms(jobs)))
    assert [task for task, _ in found] == tasks
    workers = {process for _, process in found}
    assert os.getpid() not in workers
    assert 1 <= len(workers) <= jobs


@pytest.fixture
def listening() -> Iterator[None]:
    """Ctrl-C is heard as a terminal's: in the background a shell has its children ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_ctrl_c_in_the_middle_of_a_start_is_heard_after_it() -> None:
    """A mask is a thread's own: what another thread takes is handled in this one all the same."""
    handler = signal.getsignal(signal.SIGINT)
    done = []

    def start() -> None:
        with safe_start._put_off():
            signal.raise_signal(signal.SIGINT)
            done.append("started")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["started"]
    assert signal.getsignal(signal.SIGINT) is handler


def test_unordered_results_are_the_same_ones() -> None:
    tasks = [str(number) for number in range(500)]
    assert sorted(results(tasks, Terms(2, ordered=False))) == sorted(tasks)


@pytest.mark.parametrize("how", MISDEEDS)
@pytest.mark.parametrize("place", [0, 150, 299])
def test_a_misdeed_costs_its_own_task_only(how: str, place: int) -> None:
    tasks = [str(number) for number in range(300)]
    tasks[place] = how
    expected = tasks.copy()
    expected[place] = f"{how}: {MISDEEDS[how]}"
    assert results(tasks, Terms(2, timeout=0.5)) == expected


def test_whoever_holds_results_back_hears_of_every_wait() -> None:
    heard: list[str] = []
    tasks = [*map(str, range(300)), "hang"]
    for result, _ in run(iter(tasks), Echo(), Terms(1, timeout=0.5), idle=lambda: heard.append("idle")):
        heard.append(result.partition(":")[0])
    assert [word for word in heard if word != "idle"] == tasks
    assert "idle" in heard[: heard.index("0")]
    assert "idle" in heard[heard.index("0") : heard.index("299")]


def kill_those_who_sign(papers: list[Path]) -> None:
    """Kill each process that writes its number down."""
    for paper in papers:
        while not (paper.exists() and (pid := paper.read_text())):
            time.sleep(0.01)
        os.kill(int(pid), getattr(signal, "SIGKILL", signal.SIGTERM))


@pytest.mark.parametrize("ordered", [True, False])
def test_a_task_whose_worker_is_killed_by_somebody_else_has_its_result(tmp_path: Path, *, ordered: bool) -> None:
    papers = [tmp_path / str(number) for number in range(3)]
    tasks = [str(number) for number in range(300)]
    for place, paper in zip((0, 100, 101), papers, strict=True):
        tasks[place] = f"sign {paper}"
    killer = threading.Thread(target=kill_those_who_sign, args=(papers,))
    killer.start()
    found = results(tasks, Terms(2, ordered=ordered))
    killer.join()
    assert (found if ordered else sorted(found)) == (tasks if ordered else sorted(tasks))


def test_workers_that_are_killed_while_they_wait_cost_nothing() -> None:
    def tasks() -> Iterator[str]:
        yield from map(str, range(10))
        for worker in multiprocessing.active_children():
            worker.kill()
            worker.join()
        yield from map(str, range(10, 20))

    assert results(list(map(str, range(20))), Terms(2)) == [result for result, _ in run(tasks(), Echo(), Terms(2))]


@pytest.mark.parametrize(("how", "tries"), [("exit", 2), ("raise", 2), ("hang", 1)])
def test_a_task_is_blamed_for_two_deaths_or_one_hang(tmp_path: Path, how: str, tries: int) -> None:
    """Somebody else may have killed the first worker. A hang is nobody else's doing, and costs its time once."""
    paper = tmp_path / "tries"
    task = f"{how} {paper}"
    assert results(["1", task, "2"], Terms(1, timeout=0.5)) == ["1", f"{task}: {MISDEEDS[how]}", "2"]
    assert len(paper.read_text().splitlines()) == tries


KILLED = """
import sys
sys.path[:0] = sys.argv[3:]
from support import fakes
from pecdetect.scanning.pool import run
from pecdetect.scanning.tasks import Terms
work = getattr(fakes, sys.argv[1])()
for task, process in run([*map(str, range(300)), sys.argv[2]], work, Terms(1, timeout=1000)):
    print(process, flush=True)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs to see what other processes do")
@pytest.mark.parametrize(("work", "how"), [("Echo", "hang"), ("Echo", "stuck"), ("Unsignalled", "hang")])
def test_a_worker_that_hangs_ends_with_a_parent_that_is_killed(work: str, how: str) -> None:
    folders = [str(Path(pecdetect.__file__).parents[1]), str(Path(__file__).parents[1])]
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", KILLED, work, how, *folders], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = {int(parent.stdout.readline()) for _ in range(200)}
        time.sleep(1)
        parent.kill()
    (pid,) = pids
    try:
        for _ in range(100):
            if ended(pid):
                break
            time.sleep(0.1)
        assert ended(pid)
    finally:
        if not ended(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("threads", [True, False])
def test_a_worker_works_where_nothing_tells_it_of_its_parent(threads: bool) -> None:  # noqa: FBT001 - a parameter
    tasks = ["1", "exit", "2"]
    found = [result for result, _ in run(iter(tasks), Unsignalled(threads=threads), Terms(1))]
    assert found == ["1", f"exit: {MISDEEDS['exit']}", "2"]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a thread waits")
def test_a_worker_has_all_the_memory_that_it_is_granted() -> None:
    """A second thread would take 72 MiB of address space."""
    ((threads, _),) = run(iter(["threads"]), Echo(), Terms(1))
    assert threads == "1"


def ended(pid: int) -> bool:
    """Whether a process is gone, or waits only for somebody to take note of its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_many_misdeeds_one_after_the_other() -> None:
    tasks = ["exit", "raise", "fine", "exit", "hang", "hang", "fine"]
    found = results(tasks, Terms(2, timeout=0.5))
    assert found == [f"{how}: {MISDEEDS[how]}" if how in MISDEEDS else how for how in tasks]


@pytest.mark.skipif(sys.platform != "linux", reason="address space is bounded on Linux")
def test_memory_is_bounded() -> None:
    tasks = ["1", "eat", "2"]
    ended = "eat: crashed: The process that read it ended unexpectedly (exit status 70)."
    assert results(tasks, Terms(1, memory=1 << 30)) == ["1", ended, "2"]


def test_a_slow_task_of_some_size_has_more_time() -> None:
    terms = Terms(1)
    assert terms.seconds(0) == 10
    assert terms.seconds(4 * MIB) == 30
    assert Terms(1, timeout=3).seconds(4 * MIB) == 3


def test_what_is_done_needs_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(pool, "Worker", none)
    tasks = [Done((str(number), 0)) for number in range(3000)]
    assert list(run(iter(tasks), Echo(), Terms(2))) == [done.result for done in tasks]


def test_done_and_to_do_keep_their_order() -> None:
    tasks = [str(number) if number % 3 else Done((str(number), 0)) for number in range(3000)]
    assert [task for task, _ in run(iter(tasks), Echo(), Terms(2))] == [str(number) for number in range(3000)]


def test_no_more_is_taken_in_than_is_needed() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield "x" * 1000

    found = run(endless(), Echo(), Terms(2))
    for given in range(3000):
        next(found)
        assert taken <= given + 1 + 1024
    found.close()


def test_results_that_wait_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_AHEAD_BYTES", 10_000)
    monkeypatch.setattr(pool, "_CHUNK_TASKS", 2)
    tasks = ["hang", *("x" * 1000 for _ in range(500))]
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for task in tasks:
            taken += 1
            yield task

    found = run(counted(), Echo(), Terms(2, timeout=0.5))
    assert next(found)[0].startswith("hang: timed-out")
    assert taken < 30
    assert len(list(found)) == 500


def test_workers_end_with_the_iterator() -> None:
    found = run((str(number) for number in range(10_000)), Echo(), Terms(2))
    processes = {next(found)[1] for _ in range(50)}
    found.close()
    if os.name == "posix":
        for process in processes:
            with pytest.raises(ProcessLookupError):
                os.kill(process, 0)


def test_large_tasks_travel() -> None:
    tasks = ["x" * 3_000_000] * 5
    assert [len(task) for task, _ in run(iter(tasks), Echo(), Terms(2), len)] == [3_000_000] * 5


def test_a_process_that_may_have_no_children_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the workers of some clusters are."""
    monkeypatch.setitem(multiprocessing.current_process()._config, name="daemon", value=True)  # type: ignore[attr-defined]
    with pytest.raises(PoolError, match="daemonic processes are not allowed to have children"):
        list(run(iter(["1", "2"]), Echo(), Terms(2)))


def test_workers_that_cannot_be_started_are_an_error() -> None:
    with pytest.raises(PoolError, match="no worker process can be started"):
        list(run(iter(["1", "2"]), Unstartable(), Terms(2)))


@pytest.mark.parametrize("guard", ["", "if __name__ == '__main__':\n    "])
def test_a_script_needs_no_guard(tmp_path: Path, guard: str) -> None:
    mail = "From: a@example.org\nTo: b@example.org\nMessage-ID: <{}@example.org>\n\nx\n"
    for number in range(5):
        (tmp_path / f"{number}.eml").write_text(mail.format(number))
    script = tmp_path / "script.py"
    script.write_text(
        "import pecdetect, sys\nsys.stderr.write('once')\n"
        f"{guard}sys.exit(sum(r.verdict is not None for r in pecdetect.scan(sys.argv[1:], jobs=2)) != 5)\n"
    )
    paths = [str(tmp_path / f"{number}.eml") for number in range(5)]
    environment = {**os.environ, "PYTHONPATH": str(Path(pecdetect.__file__).parents[1])}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(script), *paths], capture_output=True, check=False, timeout=120, env=environment
    )
    assert (done.returncode, done.stderr) == (0, b"once")


def test_few_slow_tasks_are_shared() -> None:
    """The first worker that is ready does not take what the others could begin."""
    found = list(run(iter([f"slow {number}" for number in range(8)]), Echo(), Terms(2)))
    done = [process for _, process in found]
    assert sorted(done.count(process) for process in set(done)) == [4, 4]


def test_the_rest_of_a_chunk_is_done_by_another_worker() -> None:
    tasks = [str(number) for number in range(1000)]
    for place in (63, 64, 65, 500):
        tasks[place] = "exit"
    found = results(tasks, Terms(2))
    expected = [f"exit: {MISDEEDS['exit']}" if task == "exit" else task for task in tasks]
    assert found == expected
