package com.aistrale.server.telemetry.traces;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class TraceRoutesOnPostgresTest extends TraceRoutesTest {}
