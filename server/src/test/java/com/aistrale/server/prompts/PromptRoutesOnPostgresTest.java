package com.aistrale.server.prompts;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class PromptRoutesOnPostgresTest extends PromptRoutesTest {}
