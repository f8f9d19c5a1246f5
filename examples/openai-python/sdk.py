"""The official client: pip install openai, then python3 examples/openai-python/sdk.py"""

import json
import os
import pathlib

from openai import OpenAI

file = pathlib.Path(__file__).parents[2] / ".sluice" / "dev.json"
dev = json.loads(file.read_text()) if file.exists() else {}
client = OpenAI(
    base_url=(os.environ.get("SLUICE_BASE_URL") or dev["base_url"]) + "/v1",
    api_key=os.environ.get("SLUICE_KEY") or dev["virtual_key"],
)

answer = client.chat.completions.create(model="auto", messages=[{"role": "user", "content": "Hello"}])
print(answer.choices[0].message.content)

for chunk in client.chat.completions.create(
    model="claude-sonnet-4-6", stream=True, messages=[{"role": "user", "content": "Tell me about rivers"}]
):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
print()
