package com.aistrale.server.telemetry.summary;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class SummaryRoutesOnPostgresTest extends SummaryRoutesTest {}
