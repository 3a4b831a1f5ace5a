package com.aistrale.server.inference;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class KeyedRoutesOnPostgresTest extends KeyedRoutesTest {}
