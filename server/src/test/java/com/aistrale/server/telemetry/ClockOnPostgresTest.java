package com.aistrale.server.telemetry;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class ClockOnPostgresTest extends ClockTest {}
