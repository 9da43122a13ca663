"""A session of the lab without a browser: what a browser says to the server and hears from it, in Streamlit's protocol.

A browser opens a websocket and sends the widgets' values each time one of them is moved; the server answers with the
elements of the page and says when its script has ended. This does the same, and draws nothing. Of the widgets it sends
only those that were moved: the server knows the others by their default.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

RERUN = ForwardMsg.FINISHED_EARLY_FOR_RERUN
FAILED = ForwardMsg.FINISHED_WITH_COMPILE_ERROR
MESSAGE_AGE = 2
"""Runs of the script after which a browser forgets a large message that did not come again (Streamlit's default)."""


@dataclass
class Answer:
    """What came back from a run of the script.

    Attributes:
        seconds: From the request to the word that the script has ended.
        last_change: From the request to the last element that came.
        n_bytes: Size of all messages.
        errors: What the page said in red boxes.
    """

    seconds: float = 0.0
    last_change: float = 0.0
    n_bytes: int = 0
    errors: list[str] = field(default_factory=list)


class LabSession:
    """One person on one page.

    Args:
        address: Of the server, ``http://127.0.0.1:8501``.
        page: The page, ``Loss_Lab``.
        query: What the address of the page says after the question mark.

    Attributes:
        sliders: The sliders of the page by their label, with the fragment that each belongs to.
    """

    def __init__(self, address: str, page: str, query: str = "") -> None:
        self._stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
        self._page, self._query = page, query
        self._script = ""
        self._moved: dict[str, WidgetState] = {}
        self._known: dict[str, int] = {}
        self._runs = 0
        self._socket: ClientConnection | None = None
        self.sliders: dict[str, tuple[Slider, str]] = {}

    async def open(self) -> Answer:
        """Connect and wait for the page."""
        self._socket = await connect(self._stream, subprotocols=["streamlit"], max_size=None, compression=None)
        return await self._run("")

    async def close(self) -> None:
        """Leave."""
        if self._socket is not None:
            await self._socket.close()

    async def move(self, label: str, draw: random.Random) -> Answer:
        """Move a slider to another of its places and wait for the answer.

        Args:
            label: A key of ``sliders``.
            draw: Chooses the place.
        """
        slider, fragment = self.sliders[label]
        state = WidgetState(id=slider.id)
        if slider.type == Slider.SELECT_SLIDER:
            place = slider.options[draw.randrange(len(slider.options))]
            state.string_array_value.data.append(place)
        else:
            place = slider.min + slider.step * draw.randint(0, round((slider.max - slider.min) / slider.step))
            state.double_array_value.data.append(place)
        self._moved[slider.id] = state
        if slider.query_param_key:
            self._query = urlencode(dict(parse_qsl(self._query)) | {slider.query_param_key: place})
        return await self._run(fragment)

    async def _run(self, fragment: str) -> Answer:
        """Ask for a run of the script, or of a fragment of it, and take in all that it says."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id = self._query, fragment
        state.page_script_hash, state.page_name = self._script, "" if self._script else self._page
        state.widget_states.widgets.extend(self._moved.values())
        state.cached_message_hashes.extend(self._known)
        state.context_info.color_scheme = "light"
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        answer = Answer()
        while True:
            line = await self._socket.recv()
            said = ForwardMsg.FromString(line)
            answer.n_bytes += len(line)
            answer.seconds = time.perf_counter() - started
            kind = said.WhichOneof("type")
            if kind in ("delta", "ref_hash"):
                answer.last_change = answer.seconds
            if kind == "script_finished" and said.script_finished != RERUN:
                if said.script_finished == FAILED:
                    answer.errors.append("the script does not compile")
                self._forget()
                return answer
            self._take(said, answer)

    def _take(self, said: ForwardMsg, answer: Answer) -> None:
        """Take in one message as far as the next request depends on it."""
        kind = said.WhichOneof("type")
        if said.metadata.cacheable or kind == "ref_hash":
            self._known[said.ref_hash or said.hash] = self._runs
        if kind == "navigation":
            self._script = said.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = said.page_info_changed.query_string
        elif kind == "delta" and said.delta.WhichOneof("type") == "new_element":
            element = said.delta.new_element
            if element.WhichOneof("type") == "slider":
                self.sliders[element.slider.label] = element.slider, said.delta.fragment_id
            elif element.WhichOneof("type") == "alert" and element.alert.icon == ":material/error:":
                answer.errors.append(element.alert.body)

    def _forget(self) -> None:
        """Drop the large messages that did not come for a while, as a browser does."""
        self._runs += 1
        self._known = {name: run for name, run in self._known.items() if self._runs - run <= MESSAGE_AGE}
