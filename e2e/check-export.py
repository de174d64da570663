"""check-export.py FOLDER ID,ID,…: the ten likeliest next tokens after a prompt, by the reference model, as JSON [{"id", "probability"}, …]."""
import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent / "reference"))
import model
import safetensors_io

folder = Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
parameters = safetensors_io.load(folder / "model.safetensors")
due = model.parameter_shapes(config)
if {name: tuple(tensor.shape) for name, tensor in parameters.items()} != {name: tuple(shape) for name, shape in due.items()}:
    sys.exit("The tensors of model.safetensors are not those that config.json makes due.")
ids = torch.tensor([[int(part) for part in sys.argv[2].split(",")]])
with torch.no_grad():
    probabilities = torch.softmax(model.forward(config, parameters, ids)[0, -1].double(), -1)
values, tokens = torch.topk(probabilities, 10)
print(json.dumps([{"id": int(i), "probability": float(p)} for i, p in zip(tokens, values)]))
