package com.aistrale.server.app;

@OnPostgres
class StopOnPostgresTest extends StopTest {}
