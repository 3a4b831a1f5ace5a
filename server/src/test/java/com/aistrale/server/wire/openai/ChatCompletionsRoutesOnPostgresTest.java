package com.aistrale.server.wire.openai;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class ChatCompletionsRoutesOnPostgresTest extends ChatCompletionsRoutesTest {}
