"""Chat and stream with nothing but Python's standard library: python3 examples/openai-python/raw.py"""

import json
import os
import pathlib
import urllib.request

file = pathlib.Path(__file__).parents[2] / ".sluice" / "dev.json"
dev = json.loads(file.read_text()) if file.exists() else {}
base_url = os.environ.get("SLUICE_BASE_URL") or dev["base_url"]
key = os.environ.get("SLUICE_KEY") or dev["virtual_key"]


def ask(**body):
    request = urllib.request.Request(
        base_url + "/v1/chat/completions",
        data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + key, "Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request, timeout=60)


with ask(model="auto", messages=[{"role": "user", "content": "Say hello to Sluice"}]) as response:
    answer = json.load(response)
    print(answer["choices"][0]["message"]["content"])
    print(answer["x-llm-gateway"])

with ask(model="claude-sonnet-4-6", stream=True, messages=[{"role": "user", "content": "Count"}]) as response:
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
