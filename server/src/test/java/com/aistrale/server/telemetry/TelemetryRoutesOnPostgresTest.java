package com.aistrale.server.telemetry;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class TelemetryRoutesOnPostgresTest extends TelemetryRoutesTest {}
