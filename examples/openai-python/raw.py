"""Chat and stream with nothing but Python's standard library: python3 examples/openai-python/raw.py"""

import json
import pathlib
import urllib.request

dev = json.loads((pathlib.Path(__file__).parents[2] / ".sluice" / "dev.json").read_text())


def ask(**body):
    request = urllib.request.Request(
        dev["base_url"] + "/v1/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + dev["virtual_key"], "Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request, timeout=60)


with ask(model="auto", messages=[{"role": "user", "content": "Say hello to Sluice"}]) as response:
    answer = json.load(response)
    print(answer["choices"][0]["message"]["content"])
    print(answer["x-llm-gateway"])

with ask(model="claude-sonnet-4-5", stream=True, messages=[{"role": "user", "content": "Count"}]) as response:
    for line in response:
        text = line.decode().strip()
        if text == "data: [DONE]":
            break
        if text.startswith("data: "):
            chunk = json.loads(text[6:])
            if "error" in chunk:
                raise RuntimeError(chunk["error"]["message"])
            print(chunk["choices"][0]["delta"].get("content") or "", end="", flush=True)
print()
