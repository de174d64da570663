"""check-export.py FOLDER ID,ID,…: the ten likeliest next tokens after a prompt, by the folder's own modeling_skipscope.py, as JSON [{"id", "probability"}, …]."""
import json
import sys

import torch

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from modeling_skipscope import Skipscope

model = Skipscope.from_folder(sys.argv[1])
with torch.no_grad():
    logits = model(torch.tensor([[int(part) for part in sys.argv[2].split(",")]]))[0, -1]
values, tokens = torch.topk(torch.softmax(logits.double(), -1), 10)
print(json.dumps([{"id": int(i), "probability": float(p)} for i, p in zip(tokens, values)]))
