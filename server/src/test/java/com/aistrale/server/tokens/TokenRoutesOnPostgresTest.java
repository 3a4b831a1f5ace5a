package com.aistrale.server.tokens;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class TokenRoutesOnPostgresTest extends TokenRoutesTest {}
