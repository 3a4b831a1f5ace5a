package com.aistrale.server.app;

@OnPostgres
class EveryRouteOnPostgresTest extends EveryRouteTest {}
