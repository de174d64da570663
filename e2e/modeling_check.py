"""modeling_check.py [--device NAME] CASE …: does modeling_skipscope.py compute what Skipscope computes?

Needs Python and PyTorch alone, so that it runs on any machine and any PyTorch; `npm run test:golden` leaves its cases in
test-results/modeling-ADAPTER. A case is a folder with

    model/              a model folder as it is exported: its own modeling_skipscope.py is what is tested
    generated.json      {"prompt", "text", "ids"}: what Skipscope wrote after the prompt at temperature 0
    batches.json        with one batch, and *.safetensors with loss, logits, pattern.L.H and grad.PARAMETER of it: any number of files
    snippet.py          the snippet that the page shows for the folder called "model"

The last two may be absent. Prints a JSON line a case: the worst errors, and what is wrong under "bad". Exit status 1 when anything is.
"""
import argparse
import contextlib
import dataclasses
import importlib.util
import io
import json
import os
import runpy
import sys
import tempfile
from pathlib import Path
from unittest import mock

import torch

sys.dont_write_bytecode = True

# ‖a − b‖ / ‖b‖
TOLERANCES = {"loss": 1e-5, "logits": 1e-4, "pattern": 1e-4, "grad": 5e-4}


def load_module(folder):
    spec = importlib.util.spec_from_file_location("modeling_skipscope", folder / "modeling_skipscope.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def computed(module, model, batch, device):
    """Under the names of the files: loss, logits, the patterns of the first sequence, gradients."""
    tokens, targets = (torch.tensor(batch[name], device=device) for name in ("tokens", "targets"))
    patterns = []
    model.zero_grad()
    logits = model(tokens, patterns)
    loss = module.loss(logits, targets)
    loss.backward()
    found = {"loss": loss, "logits": logits}
    for layer, heads in enumerate(patterns):
        for head, pattern in enumerate(heads):
            found[f"pattern.{layer}.{head}"] = pattern[0]
    for name, parameter in model.named_parameters():
        # What no head reads has no gradient here, and one of zeros there.
        found[f"grad.{name}"] = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    return {name: tensor.detach().cpu().double() for name, tensor in found.items()}


def worst_errors(found, due):
    """The worst relative error of each kind. A gradient is judged with the rms of all gradients in view: some are zero but for rounding."""
    gradients = [tensor.double() for name, tensor in due.items() if name.startswith("grad.")]
    count = sum(tensor.numel() for tensor in gradients)
    rms = (sum(float(tensor.square().sum()) for tensor in gradients) / max(1, count)) ** 0.5
    worst = {}
    for name, tensor in found.items():
        # Patterns of the golden cases are in lab.json's terms only where the file has them.
        if name not in due:
            continue
        kind = name.split(".")[0]
        floor = 0.01 * rms * tensor.numel() ** 0.5 if kind == "grad" else 1e-30
        error = float((tensor - due[name].double().reshape(tensor.shape)).norm() / max(float(due[name].norm()) ** 2 + floor**2, 1e-60) ** 0.5)
        worst[kind] = max(worst.get(kind, 0.0), error)
    return worst


@torch.no_grad()
def closest_choice(model, ids, prompt_length, device):
    """The least distance between the two likeliest tokens over all that were generated, relative to the largest logit, and whether two were equal."""
    context = model.config.context_length
    known = model.tokenizer.size if model.tokenizer else model.config.vocab_size
    begin, at, least = 0, prompt_length, float("inf")
    while at < len(ids):
        if at - begin > context:
            begin = at - max(1, context // 2)
        end = min(len(ids) - 1, begin + context)
        # One pass shows every choice that was made within this window.
        logits = model(torch.tensor([ids[begin:end]], device=device))[0, at - begin - 1 :, :known]
        top = logits.topk(2).values
        least = min(least, float(((top[:, 0] - top[:, 1]) / logits.abs().amax(-1).clamp(min=1e-30)).min()))
        at = end + 1
    return least


def check_text(model, due, device):
    prompt = model.tokenizer.encode(due["prompt"])
    ids = model.generate(prompt, len(due["ids"]))
    text = model.tokenizer.decode(ids)
    bad = []
    if ids != due["ids"]:
        first = next(i for i, (a, b) in enumerate(zip(ids, due["ids"])) if a != b)
        bad.append(f"token {first} of the text is {ids[first]}, where {due['ids'][first]} is due")
    if text != due["text"]:
        bad.append(f"the text is {text!r}, where {due['text']!r} is due")
    return closest_choice(model, prompt + ids, len(prompt), device), bad


def check_dropout(module, model, tokens):
    """Dropout acts at its sites in training, and nowhere else."""
    c = dataclasses.replace(model.config, dropout=0.5)
    other = module.Skipscope(c)
    other.load_state_dict(model.state_dict())
    other.to(tokens.device)
    shapes = []
    dropout = torch.nn.functional.dropout

    def watched(x, p, training):
        shapes.append(tuple(x.shape))
        return dropout(x, p, training)

    with torch.no_grad(), mock.patch.object(module.F, "dropout", watched):
        first, second = other(tokens), other(tokens)
        still = other.eval()(tokens)
    B, T = tokens.shape
    shapes = shapes[: len(shapes) // 3]
    streams = [shape for shape in shapes if shape == (B, T, c.d_model)]
    heads = sum(shape[1] for shape in shapes if len(shape) == 4)
    bad = []
    if len(streams) != 1 + 2 * c.n_layers or heads != c.n_layers * c.n_heads:
        bad.append(f"dropout acts on {len(streams)} streams and {heads} heads")
    if torch.equal(first, second) or not torch.equal(still, model(tokens)):
        bad.append("dropout must act in training and not outside of it")
    return bad


def check_saved(module, model, folder):
    """A folder that was saved is the folder that was loaded."""
    with tempfile.TemporaryDirectory() as scratch:
        saved = Path(scratch) / "saved"
        model.save(saved)
        names = ["config.json"] + (["tokenizer.json"] if model.tokenizer else [])
        bad = [f"{name} changes when it is saved" for name in names if json.loads((saved / name).read_text()) != json.loads((folder / name).read_text())]
        before, after = (module.read_safetensors(place / "model.safetensors") for place in (folder, saved))
        if list(before) != list(after) or not all(torch.equal(before[name], after[name]) for name in before):
            bad.append("the weights change when they are saved")
    return bad


def check_snippet(case, due):
    """The snippet prints the logits' shape and the text."""
    printed, before, path = io.StringIO(), os.getcwd(), list(sys.path)
    del sys.modules["modeling_skipscope"]
    os.chdir(case)
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path("snippet.py")
    finally:
        os.chdir(before)
        sys.path[:] = path
    shape, _, text = printed.getvalue().partition("\n")
    return [] if shape.startswith("torch.Size([1, ") and text == f"{due['text']}\n" else [f"the snippet prints {printed.getvalue()!r}"]


def check(case, device):
    module = load_module(case / "model")
    model = module.Skipscope.from_folder(case / "model", device)
    due = json.loads((case / "generated.json").read_text(encoding="utf-8"))
    result, bad = {"case": case.name}, []
    if (case / "batches.json").exists():
        batch = json.loads((case / "batches.json").read_text())[0]
        found = computed(module, model, batch, device)
        for file in sorted(case.glob("*.safetensors")):
            worst = worst_errors(found, module.read_safetensors(file))
            result[file.stem] = worst
            bad += [f"{kind} is off {file.name} by {error:.1e}" for kind, error in worst.items() if not error <= TOLERANCES[kind]]
        bad += check_dropout(module, model, torch.tensor(batch["tokens"], device=device))
    result["closest_choice"], wrong = check_text(model, due, device)
    bad += wrong + check_saved(module, model, case / "model")
    if (case / "snippet.py").exists():
        bad += check_snippet(case, due)
    return {**result, "bad": bad}


parser = argparse.ArgumentParser()
parser.add_argument("--device", default="cpu")
parser.add_argument("cases", nargs="+", type=Path)
options = parser.parse_args()
print(f"PyTorch {torch.__version__} on {options.device}", file=sys.stderr)
# Cases are small: more threads only get in each other's way.
torch.set_num_threads(1)
status = 0
for case in options.cases:
    result = check(case.resolve(), options.device)
    status |= bool(result["bad"])
    print(json.dumps(result), flush=True)
sys.exit(status)
