package com.aistrale.server.telemetry.live;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class LiveRoutesOnPostgresTest extends LiveRoutesTest {}
