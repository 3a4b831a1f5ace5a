"""What a CI run asks of a model: does it still answer as it should? In place of your own."""

import os
import sys

import aistrale

CASES = {
    "say: Paris": "Paris",
    "say: 42": "42",
    "write 3 words": "word1 word2 word3.",
    "write 5 words": "word1 word2 word3 word4 word5.",
}


def main() -> int:
    wrong = 0
    with aistrale.Aistrale(model="openai/gpt-4o", timeout=60) as client:
        for question, expected in CASES.items():
            try:
                answer = client.run(
                    question,
                    max_output_tokens=int(os.environ.get("MAX_OUTPUT_TOKENS", "100")),
                    metadata={"ci_run": os.environ["CI_RUN"]},
                )
            except aistrale.BudgetExceededError:
                print(f"not asked, no budget left: {question}")
                wrong += 1
                continue
            good = answer.text == expected
            print("ok" if good else f"WRONG ({answer.text!r})", "-", question)
            wrong += not good
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
