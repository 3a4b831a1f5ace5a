package com.aistrale.server.webhooks.delivery;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class DeliveryRoutesOnPostgresTest extends DeliveryRoutesTest {}
