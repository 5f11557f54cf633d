"""Whether anybody on a waiting list was overtaken, from what each offer has noted. Pure."""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from .model import Entry
from .queue import MOST_BLOCKS


def overtaken(entries: Sequence[Entry]) -> list[tuple[int, int]]:
    """Return the numbers of entries that were overtaken, each with that of an offer which should have been theirs.

    An offer overtakes an earlier entry of its type that was in the queue at its turn and took as many tickets as were
    there, or with `strict` any; unless the offer says that it was passed over.
    """
    of_type: defaultdict[Any, list[Entry]] = defaultdict(list)
    for entry in entries:
        of_type[entry["ticket_type_id"]].append(entry)
    return [fault for each in of_type.values() for fault in _of_type(each)]


def _of_type(entries: Sequence[Entry]) -> Iterator[tuple[int, int]]:
    offers = sorted((entry for entry in entries if "offer" in entry), key=lambda entry: entry["turn"])
    queue: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)  # by `min_quantity`, the earliest number first
    for index, entry in enumerate(entries):
        heapq.heappush(queue[entry["min_quantity"]], (entry["number"], index))
    for made in offers:
        offer = made["offer"]
        fit = offer["most"] if offer["strict"] else min(offer["most"], offer["available"])
        for least in [least for least in queue if least <= fit]:
            for number in _earlier(queue[least], entries, made):
                yield number, made["number"]


def _earlier(heap: list[tuple[int, int]], entries: Sequence[Entry], made: Entry) -> Iterator[int]:
    """Yield the numbers before that of an offer which were in the queue at its turn; forget those that have ended."""
    kept = []
    while heap and heap[0][0] < made["number"]:
        number, index = heapq.heappop(heap)
        entry = entries[index]
        ended = entry.get("turn")
        if ended is not None and ended <= made["turn"]:
            continue
        kept.append((number, index))
        if number not in made["offer"]["passed"] and not _is_blocked(entry, made["turn"]):
            yield number
    for each in kept:
        heapq.heappush(heap, each)


def _is_blocked(entry: Entry, turn: int) -> bool:
    """Return whether an entry was not in the queue at a turn; taken for granted if not all of its blocks are kept."""
    blocks = entry.get("blocks", [])
    until = [block[1] if len(block) > 1 else turn + 1 for block in blocks]
    return len(blocks) >= MOST_BLOCKS or any(block[0] <= turn < end for block, end in zip(blocks, until, strict=True))
