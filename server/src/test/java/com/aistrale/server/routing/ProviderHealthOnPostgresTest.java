package com.aistrale.server.routing;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class ProviderHealthOnPostgresTest extends ProviderHealthTest {}
