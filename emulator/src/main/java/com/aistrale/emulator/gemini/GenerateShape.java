package com.aistrale.emulator.gemini;

import static com.aistrale.emulator.shape.Shape.anyNumber;
import static com.aistrale.emulator.shape.Shape.fields;
import static com.aistrale.emulator.shape.Shape.items;
import static com.aistrale.emulator.shape.Shape.oneOf;
import static com.aistrale.emulator.shape.Shape.text;

import com.aistrale.emulator.shape.Shape;
import com.aistrale.emulator.shape.Shape.AnyObject;
import com.aistrale.emulator.shape.Shape.Decimal;
import com.aistrale.emulator.shape.Shape.Fields;
import com.aistrale.emulator.shape.Shape.Flag;
import com.aistrale.emulator.shape.Shape.Whole;

/** The shape of a generateContent request, after the published protocol buffers; field names in camel case. */
final class GenerateShape {
    private static final Flag FLAG = new Flag();
    private static final Shape ANY_WHOLE = new Whole(Long.MIN_VALUE, Long.MAX_VALUE);

    static final Fields REQUEST = fields().nullable("model", text())
            .nullable("contents", items(content()))
            .nullable("systemInstruction", content())
            .nullable("tools", items(tool()))
            .nullable("toolConfig", toolConfig())
            .nullable(
                    "safetySettings",
                    items(fields().nullable("category", text())
                            .nullable("threshold", text())
                            .nullable("method", text())))
            .nullable("generationConfig", generationConfig())
            .nullable("cachedContent", text())
            .nullable("store", FLAG)
            .nullable("serviceTier", text());

    static final Fields COUNT = fields().nullable("model", text())
            .nullable("contents", items(content()))
            .nullable("generateContentRequest", REQUEST);

    private GenerateShape() {}

    private static Fields content() {
        return fields().nullable("role", text()).nullable("parts", items(part()));
    }

    private static Fields part() {
        Fields blob =
                fields().nullable("mimeType", text()).nullable("data", text()).nullable("displayName", text());
        Fields call = fields().nullable("id", text()).nullable("name", text()).nullable("args", new AnyObject());
        Fields response = fields().nullable("id", text())
                .nullable("name", text())
                .nullable("response", new AnyObject())
                .nullable("parts", items(fields().nullable("inlineData", blob)))
                .nullable("willContinue", FLAG)
                .nullable("scheduling", text());
        return fields().nullable("text", text())
                .nullable("inlineData", blob)
                .nullable("fileData", fields().nullable("mimeType", text()).nullable("fileUri", text()))
                .nullable("functionCall", call)
                .nullable("functionResponse", response)
                .nullable("executableCode", new AnyObject())
                .nullable("codeExecutionResult", new AnyObject())
                .nullable("videoMetadata", new AnyObject())
                .nullable("thought", FLAG)
                .nullable("thoughtSignature", text())
                .nullable("partMetadata", new AnyObject())
                .nullable("mediaResolution", new AnyObject());
    }

    private static Fields tool() {
        Fields function = fields().nullable("name", text())
                .nullable("description", text())
                .nullable("parameters", schema())
                .nullable("parametersJsonSchema", new Shape.Anything())
                .nullable("response", schema())
                .nullable("responseJsonSchema", new Shape.Anything())
                .nullable("behavior", text());
        Fields tool = fields().nullable("functionDeclarations", items(function));
        for (String built : new String[] {
            "googleSearchRetrieval",
            "codeExecution",
            "googleSearch",
            "computerUse",
            "urlContext",
            "fileSearch",
            "googleMaps"
        }) {
            tool = tool.nullable(built, new AnyObject());
        }
        return tool;
    }

    private static Fields toolConfig() {
        return fields().nullable(
                        "functionCallingConfig",
                        fields().nullable("mode", text("MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"))
                                .nullable("allowedFunctionNames", items(text())))
                .nullable("retrievalConfig", new AnyObject());
    }

    private static Fields generationConfig() {
        Fields thinking = fields().nullable("includeThoughts", FLAG)
                .nullable("thinkingBudget", new Whole(-1, 1_000_000))
                .nullable(
                        "thinkingLevel",
                        text(
                                "THINKING_LEVEL_UNSPECIFIED",
                                "MINIMAL",
                                "LOW",
                                "MEDIUM",
                                "HIGH",
                                "minimal",
                                "low",
                                "medium",
                                "high"));
        return fields().nullable("candidateCount", new Whole(1, 8))
                .nullable("stopSequences", items(text()))
                .nullable("maxOutputTokens", new Whole(1, Integer.MAX_VALUE))
                .nullable("temperature", new Decimal(0, 2))
                .nullable("topP", new Decimal(0, 1))
                .nullable("topK", anyNumber())
                .nullable("seed", ANY_WHOLE)
                .nullable("responseMimeType", text())
                .nullable("responseSchema", schema())
                .nullable("responseJsonSchema", new Shape.Anything())
                .nullable("responseJsonSchemaOrdered", new Shape.Anything())
                .nullable("presencePenalty", new Decimal(-2, 2))
                .nullable("frequencyPenalty", new Decimal(-2, 2))
                .nullable("responseLogprobs", FLAG)
                .nullable("logprobs", ANY_WHOLE)
                .nullable("enableEnhancedCivicAnswers", FLAG)
                .nullable("responseModalities", items(text()))
                .nullable("speechConfig", new AnyObject())
                .nullable("imageConfig", new AnyObject())
                .nullable("mediaResolution", text())
                .nullable("thinkingConfig", thinking);
    }

    /** The subset of OpenAPI's schema that the service knows; what JSON Schema has beyond it is refused. */
    private static Fields schema() {
        Shape again = new Shape.Deferred(GenerateShape::schema);
        Shape number = oneOf(text(), ANY_WHOLE);
        return fields().nullable("type", text())
                .nullable("format", text())
                .nullable("title", text())
                .nullable("description", text())
                .nullable("nullable", FLAG)
                .nullable("enum", items(text()))
                .nullable("items", again)
                .nullable("maxItems", number)
                .nullable("minItems", number)
                .nullable("properties", new Shape.Deferred(() -> new Shape.MapOf(schema())))
                .nullable("required", items(text()))
                .nullable("minProperties", number)
                .nullable("maxProperties", number)
                .nullable("minimum", anyNumber())
                .nullable("maximum", anyNumber())
                .nullable("minLength", number)
                .nullable("maxLength", number)
                .nullable("pattern", text())
                .nullable("example", new Shape.Anything())
                .nullable("anyOf", items(again))
                .nullable("propertyOrdering", items(text()))
                .nullable("default", new Shape.Anything());
    }
}
