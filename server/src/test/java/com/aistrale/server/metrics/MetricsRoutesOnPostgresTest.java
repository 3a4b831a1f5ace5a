package com.aistrale.server.metrics;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class MetricsRoutesOnPostgresTest extends MetricsRoutesTest {}
