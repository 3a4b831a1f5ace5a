package com.aistrale.server.telemetry.deletion;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class DeletionRoutesOnPostgresTest extends DeletionRoutesTest {}
