"""The vendor's own types of chat completions, used from the other side: requests are held against the parameters that the vendor's client may
send, and answers are made of the classes into which that client reads them.
"""
import collections.abc, re, types, typing
import typing_extensions
from openai.types import CompletionUsage, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming, CompletionCreateParamsStreaming


class Refused(Exception):
    """What the vendor answers with 400. `code` and `param` as in its errors."""

    def __init__(self, message, param=None, code=None):
        super().__init__(message)
        self.param, self.code = param, code


# MARK: - Requests

WRAPPERS = (typing_extensions.Required, typing_extensions.NotRequired, typing.Required, typing.NotRequired)


def check(value, shape, where):
    """Raises Refused unless the value is what the vendor's parameter type says: nothing missing, nothing beside."""
    origin, arguments = typing.get_origin(shape), typing.get_args(shape)
    if origin in WRAPPERS or origin is typing.Annotated:
        return check(value, arguments[0], where)
    if shape is typing.Any or shape is object:
        return
    if shape is None or shape is type(None):
        return demand(value is None, where, "null", value)
    if origin is typing.Union or origin is types.UnionType:
        return check_union(value, arguments, where)
    if origin is typing.Literal or origin is typing_extensions.Literal:
        # 1 equals True in Python, and is not the same.
        return demand(any(value == one and type(value) is type(one) for one in arguments), where, f"one of {list(arguments)}", value)
    if typing_extensions.is_typeddict(shape):
        return check_fields(value, shape, where)
    if origin in (dict, collections.abc.Mapping):
        demand(isinstance(value, dict), where, "an object", value)
        for key, item in value.items():
            check(item, arguments[1], f"{where}.{key}")
        return
    if origin in (list, collections.abc.Iterable, collections.abc.Sequence) or getattr(origin, "__name__", "") == "SequenceNotStr":
        demand(isinstance(value, list), where, "a list", value)
        for index, item in enumerate(value):
            check(item, arguments[0], f"{where}[{index}]")
        return
    if shape is float:
        return demand(isinstance(value, (int, float)) and not isinstance(value, bool), where, "a number", value)
    if shape in (int, str, bool):
        return demand(isinstance(value, shape) and isinstance(value, bool) == (shape is bool), where, shape.__name__, value)
    raise NotImplementedError(f"{where}: no rule for {shape!r}")


def demand(condition, where, wanted, value):
    if not condition:
        raise Refused(f"Invalid value for '{where}': expected {wanted}, got {type(value).__name__}.", where, "invalid_type")


def check_union(value, shapes, where):
    # Alternatives that are told apart by a field of their own give the better message.
    for shape in shapes:
        if isinstance(value, dict) and typing_extensions.is_typeddict(shape):
            hints = typing_extensions.get_type_hints(shape, include_extras=True)
            for tag in ("role", "type"):
                literal = hints.get(tag)
                while literal is not None and typing.get_origin(literal) in WRAPPERS:
                    literal = typing.get_args(literal)[0]
                if typing.get_origin(literal) is typing.Literal and value.get(tag) in typing.get_args(literal):
                    return check(value, shape, where)
    faults = []
    for shape in shapes:
        try:
            return check(value, shape, where)
        except Refused as fault:
            faults.append(fault)
    raise faults[-1]


def check_fields(value, shape, where):
    demand(isinstance(value, dict), where, "an object", value)
    hints = typing_extensions.get_type_hints(shape, include_extras=True)
    for key in value:
        if key not in hints:
            raise Refused(f"Unknown parameter: '{where}.{key}'.", f"{where}.{key}", "unknown_parameter")
    for key, hint in hints.items():
        # The classes' own lists of what is required are empty: their annotations are texts until they are asked for.
        if typing.get_origin(hint) in (typing.Required, typing_extensions.Required) and key not in value:
            raise Refused(f"Missing required parameter: '{where}.{key}'.", f"{where}.{key}", "missing_required_parameter")
    for key, item in value.items():
        check(item, hints[key], f"{where}.{key}")


def check_request(body):
    """What the vendor's endpoint accepts: the types of its client, and the rules that types do not show."""
    check(body, CompletionCreateParamsStreaming if body.get("stream") else CompletionCreateParamsNonStreaming, "request")
    check_messages(body["messages"])
    for index, tool in enumerate(body.get("tools", [])):
        function = tool["function"]
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", function["name"]):
            raise Refused("Invalid name of a function.", f"tools[{index}].function.name", "invalid_value")
        if function.get("strict"):
            check_strict(function.get("parameters", {}), f"tools[{index}].function.parameters")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise Refused("'stream_options' needs 'stream'.", "stream_options")
    if ("tool_choice" in body or "parallel_tool_calls" in body) and not body.get("tools"):
        raise Refused("'tool_choice' needs 'tools'.", "tool_choice")
    check_family(body)


def check_family(body):
    """Families of models refuse what others take."""
    family = re.match(r"gpt-(\d+)|o\d", body["model"])
    number = int(family[1]) if family and family[1] else 0
    reasons = bool(family) and (number >= 5 or body["model"].startswith("o")) and "-chat" not in body["model"]
    effort = body.get("reasoning_effort", "medium" if reasons else None)
    if reasons and "max_tokens" in body:
        raise Refused("Unsupported parameter: 'max_tokens' is not supported with this model.", "max_tokens", "unsupported_parameter")
    if reasons and effort != "none" and ("temperature" in body or "top_p" in body):
        raise Refused("Unsupported value: 'temperature' is not supported with this model.", "temperature", "unsupported_value")
    if not reasons and body.get("reasoning_effort") is not None:
        raise Refused("Unrecognized request argument: reasoning_effort.", "reasoning_effort", "unsupported_parameter")
    if number >= 6 and body.get("tools") and effort != "none":
        raise Refused("Function calling with this model needs reasoning_effort 'none'.", "reasoning_effort", "unsupported_value")


def check_messages(messages):
    if not messages:
        raise Refused("'messages' is too short.", "messages", "array_below_min_length")
    open_calls = []
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise Refused("messages with role 'tool' must be a response to a preceding message with 'tool_calls'.", where)
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            raise Refused(f"tool_call_ids did not have response messages: {open_calls}", where)
        if message["role"] == "assistant":
            if message.get("content") is None and not message.get("tool_calls"):
                raise Refused("'content' is required unless 'tool_calls' is there.", where)
            open_calls = [call["id"] for call in message.get("tool_calls", [])]
    if open_calls:
        raise Refused(f"tool_call_ids did not have response messages: {open_calls}", "messages")


def check_strict(schema, where):
    """The subset of JSON schema that strict mode takes."""
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            raise Refused("'additionalProperties' is required to be supplied and to be false.", where, "invalid_function_parameters")
        properties = schema.get("properties", {})
        if sorted(schema.get("required", [])) != sorted(properties):
            raise Refused("'required' is required to be supplied and to be an array including every key.", where, "invalid_function_parameters")
        for key, inner in properties.items():
            check_strict(inner, f"{where}.{key}")
    elif schema.get("type") == "array":
        check_strict(schema["items"], f"{where}.items")
    elif schema.get("type") not in ("string", "number", "integer", "boolean"):
        raise Refused("schema must have a 'type' key.", where, "invalid_function_parameters")


def check_compatible(body):
    """Another server of the same shape: it knows the older names, refuses what only the vendor has, and its template wants roles to alternate."""
    check(body, CompletionCreateParamsStreaming if body.get("stream") else CompletionCreateParamsNonStreaming, "request")
    for field in ("prompt_cache_key", "service_tier", "verbosity", "max_completion_tokens", "reasoning_effort", "safety_identifier"):
        if field in body:
            raise Refused(f"Extra inputs are not permitted: {field}", field)
    if "include_obfuscation" in (body.get("stream_options") or {}):
        raise Refused("Extra inputs are not permitted: include_obfuscation", "stream_options")
    for tool in body.get("tools", []):
        if "strict" in tool["function"]:
            raise Refused("Extra inputs are not permitted: strict", "tools")
    roles = [message["role"] for message in body["messages"]]
    if "system" in roles[1:]:
        raise Refused("System message must be at the beginning.", "messages")
    spoken = [message["role"] for message in body["messages"] if message["role"] in ("user", "assistant") and not message.get("tool_calls")]
    answered = [message for message in body["messages"] if message.get("tool_calls")]
    if not answered and any(role != ("user", "assistant")[index % 2] for index, role in enumerate(spoken)):
        raise Refused("Conversation roles must alternate user/assistant/user/assistant/...", "messages")
    check_messages(body["messages"])


# MARK: - Answers


class Answer:
    """Makes the chunks of one answer."""

    def __init__(self, body, created):
        self.body, self.created = body, created
        self.id = f"chatcmpl-{created:08x}"

    def chunk(self, delta=None, finish=None, usage=None, noise=False):
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}]
        made = ChatCompletionChunk(
            id=self.id, object="chat.completion.chunk", created=self.created, model=self.body["model"], choices=choices, usage=usage)
        for part in [made, *made.choices, *(choice.delta for choice in made.choices)]:
            assert not part.model_extra, f"not the vendor's: {part.model_extra}"
        for choice in made.choices:
            for call in choice.delta.tool_calls or []:
                assert not call.model_extra, f"not the vendor's: {call.model_extra}"
        values = made.model_dump(exclude_unset=True)
        if noise:
            # As the service does: fields that older clients do not know.
            values.update(obfuscation="x9", service_tier="default", system_fingerprint=None, moderation=None)
        return values

    def usage(self, completion, cached):
        prompt = sum(len(str(message.get("content"))) for message in self.body["messages"]) // 3
        return CompletionUsage(
            prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion,
            prompt_tokens_details={"cached_tokens": min(cached, prompt)}, completion_tokens_details={"reasoning_tokens": 0}).model_dump()

    def whole(self, text, calls, finish):
        message = {"role": "assistant", "content": text or None, "refusal": None}
        if calls:
            message["tool_calls"] = [
                {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}} for call in calls]
        made = ChatCompletion(
            id=self.id, object="chat.completion", created=self.created, model=self.body["model"],
            choices=[{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}])
        return made.model_dump(exclude_unset=True)


def models(names):
    return {"object": "list", "data": [Model(id=name, object="model", created=1, owned_by="fake").model_dump() for name in names]}
