/** What a person types to use an exported folder in PyTorch. */

/**
 * Python that loads the folder called `name` from beside it, prints the shape of the logits of `prompt`, then the 100 tokens that the model thinks
 * likeliest. The prompt must consist of what the model's tokenizer knows.
 */
export function loadingSnippet(name: string, prompt = 'The '): string {
  // A JSON string is a Python string of the same meaning.
  const [folder, text] = [name, prompt].map((value) => JSON.stringify(value))
  return `import sys
import torch

folder = ${folder}
sys.path.insert(0, folder)
from modeling_skipscope import Skipscope

model = Skipscope.from_folder(folder)
ids = model.tokenizer.encode(${text})
logits = model(torch.tensor([ids]))
print(logits.shape)  # [1, tokens, vocabulary]
print(model.tokenizer.decode(model.generate(ids, 100)))
`
}
