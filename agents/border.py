"""The border of the house: whatever goes to a model is masked, whatever comes from it is unmasked."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from tools.masking.mask import mask, mask_all, unmask, unmask_all
from tools.masking.vault import Vault

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage

# Threads whose placeholders stay the same from turn to turn; an older one gets new ones.
MOST_VAULTS: Final = 500
# No placeholder is longer; a bracket that is still open after so many characters is none.
LONGEST_HELD: Final = 64


class MaskedModel:
    """A chat model that never sees a name, a phone or an account: it speaks of [PERSON_1]. What it answers, and what it
    asks the tools for, has the originals again."""

    def __init__(self, model: Any, vaults: OrderedDict[str, Vault] | None = None) -> None:
        self._model = model
        self._vaults = OrderedDict[str, Vault]() if vaults is None else vaults

    def bind_tools(self, tools: Sequence[Any], **more: Any) -> MaskedModel:
        """The model with these tools at hand."""
        return MaskedModel(self._model.bind_tools(tools, **more), self._vaults)

    async def ainvoke(self, messages: Sequence[BaseMessage]) -> AIMessage:
        """The model's answer."""
        vault = self._vault()
        hidden = await asyncio.to_thread(_masked_all, messages, vault)
        return _unmasked(await self._model.ainvoke(hidden), vault)

    async def astream(self, messages: Sequence[BaseMessage]) -> AsyncGenerator[AIMessageChunk, None]:
        """The model's answer as it comes. What may be the beginning of a placeholder waits for its end."""
        vault = self._vault()
        hidden = await asyncio.to_thread(_masked_all, messages, vault)
        held = ""
        async with aclosing(self._model.astream(hidden)) as chunks:
            async for chunk in chunks:
                held += chunk.text
                cut = held.rfind("[")
                whole = held if cut < 0 or "]" in held[cut:] or len(held) - cut > LONGEST_HELD else held[:cut]
                held = held[len(whole) :]
                yield chunk.model_copy(update={"content": unmask(whole, vault)})
        if held:
            yield _chunk(unmask(held, vault))

    def invoke(self, messages: Sequence[BaseMessage]) -> AIMessage:
        """The model's answer, where no event loop runs."""
        vault = self._vault()
        return _unmasked(self._model.invoke(_masked_all(messages, vault)), vault)

    def _vault(self) -> Vault:
        thread_id = _thread()
        if thread_id is None:
            return Vault()
        vault = self._vaults.setdefault(thread_id, Vault())
        self._vaults.move_to_end(thread_id)
        while len(self._vaults) > MOST_VAULTS:
            self._vaults.popitem(last=False)
        return vault


def _chunk(text: str) -> AIMessageChunk:
    from langchain_core.messages import AIMessageChunk

    return AIMessageChunk(content=text)


def _thread() -> str | None:
    """The thread that the running graph answers in."""
    from langgraph.config import get_config

    try:
        configurable: dict[str, Any] = get_config().get("configurable", {})
    except RuntimeError:
        return None  # no graph is running
    found = configurable.get("thread_id")
    return found if isinstance(found, str) else None


def _masked_all(messages: Sequence[BaseMessage], vault: Vault) -> list[BaseMessage]:
    return [_changed(message, vault, mask, mask_all) for message in messages]


def _unmasked(message: AIMessage, vault: Vault) -> AIMessage:
    whole: AIMessage = _changed(message, vault, unmask, unmask_all)
    return whole


def _changed(message: Any, vault: Vault, change: Any, change_all: Any) -> Any:
    """A copy of the message with its texts and the arguments of its tool calls changed."""
    content = message.content
    update: dict[str, Any] = {
        "content": change(content, vault) if isinstance(content, str) else change_all(content, vault)
    }
    calls = getattr(message, "tool_calls", None)
    if calls:
        update["tool_calls"] = [{**call, "args": change_all(call["args"], vault)} for call in calls]
        # The wire's own spelling of the calls, from which the client would write them again unmasked.
        extra = {name: value for name, value in message.additional_kwargs.items() if name != "tool_calls"}
        update["additional_kwargs"] = extra
    return message.model_copy(update=update)
