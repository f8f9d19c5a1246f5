"""The official client: pip install openai, then python3 examples/openai-python/sdk.py"""

import json
import pathlib

from openai import OpenAI

dev = json.loads((pathlib.Path(__file__).parents[2] / ".sluice" / "dev.json").read_text())
client = OpenAI(base_url=dev["base_url"] + "/v1", api_key=dev["virtual_key"])
answer = client.chat.completions.create(model="auto", messages=[{"role": "user", "content": "Hello"}])
print(answer.choices[0].message.content)
