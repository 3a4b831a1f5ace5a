"""What the tests of all providers ask; worded so that a real model does as the emulated one does."""

WORDS = "Answer with exactly these two words: pineapple lighthouse"
CALL_PARIS = 'Now call get_weather {"city": "Paris"}'
CALL_TWO = 'Do both at once: call get_weather {"city": "Paris"} and call get_weather {"city": "Rome"}'
FORECAST = "18 degrees and sunny in Paris"

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "a city"}},
    "required": ["city"],
    "additionalProperties": False,
}

OPENAI_TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather in a city", "parameters": WEATHER},
}


def tool_loop(create, model, **more):
    """OpenAI's tool loop with any client of its shape; returns the two answers."""
    messages = [{"role": "user", "content": CALL_PARIS}]
    first = create(model=model, messages=messages, tools=[OPENAI_TOOL], **more)
    message = first.choices[0].message
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.function.name, "arguments": call.function.arguments},
        }
        for call in message.tool_calls
    ]
    messages.append({"role": "assistant", "content": message.content, "tool_calls": calls})
    messages += [{"role": "tool", "tool_call_id": call["id"], "content": FORECAST} for call in calls]
    return first, create(model=model, messages=messages, tools=[OPENAI_TOOL], **more)
