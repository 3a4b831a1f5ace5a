package com.aistrale.server.telemetry.export;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class ExportRoutesOnPostgresTest extends ExportRoutesTest {}
