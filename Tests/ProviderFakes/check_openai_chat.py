#!/usr/bin/env python3
"""Reads the answers of `openai_chat.py` with the vendor's own client: what it cannot read, the fake must not send."""
import json, subprocess, sys, urllib.request
from pathlib import Path
import openai

FAKE = Path(__file__).with_name("openai_chat.py")
QUESTION = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "שלום"}]}


def main():
    fake = subprocess.Popen([sys.executable, FAKE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    address = f"http://127.0.0.1:{int(fake.stdout.readline().split()[1])}"

    def room(*steps):
        body = json.dumps({"key": "sk-1", "steps": steps}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{address}/_room/a", data=body, method="PUT")).read()
        return openai.OpenAI(api_key="sk-1", base_url=f"{address}/a/v1", max_retries=0)

    calls = [{"name": "x", "arguments": {"a": "שלום"}}, {"name": "y", "arguments": "{"}]
    for extra in [{}, {"noise": True, "cut": 3}, {"newline": "\r\n"}, {"calls_style": "whole"}, {"calls_first": True, "role_first": True}]:
        client = room({"text": "בשמחה. באיזו עיר?", "calls": calls, **extra})
        text, arguments, usage = "", {}, None
        for chunk in client.chat.completions.create(**QUESTION, stream=True, stream_options={"include_usage": True}):
            for choice in chunk.choices:
                text += choice.delta.content or ""
                for call in choice.delta.tool_calls or []:
                    arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
            usage = chunk.usage or usage
        assert text == "בשמחה. באיזו עיר?" and arguments == {0: '{"a": "שלום"}', 1: "{"} and usage.completion_tokens > 0, extra
    whole = room({"text": "כן", "calls": calls, "whole": True}).chat.completions.create(**QUESTION)
    assert whole.choices[0].message.content == "כן" and len(whole.choices[0].message.tool_calls) == 2
    for step, wanted in [({"refuse": {"status": 429}}, openai.RateLimitError), ({"refuse": {"status": 500}}, openai.InternalServerError),
                         ({"text": "א", "fault": {"after": 1, "do": "error"}}, openai.APIError), ({"dead": "reset"}, openai.APIConnectionError)]:
        try:
            list(room(step).chat.completions.create(**QUESTION, stream=True))
            raise AssertionError(f"{step} was no error")
        except wanted:
            pass
    try:
        room({"text": "א"}).chat.completions.create(**QUESTION, extra_body={"foo": 1})
        raise AssertionError("an unknown field was taken")
    except openai.BadRequestError as refusal:
        assert refusal.code == "unknown_parameter", refusal
    assert room({}).models.list().data[0].id == "gpt-6-luna"
    fake.stdin.close()
    assert fake.wait(5) == 0
    print("the vendor's client reads what the fake sends")


if __name__ == "__main__":
    main()
