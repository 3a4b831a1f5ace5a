package com.aistrale.server.webhooks;

import com.aistrale.server.app.OnPostgres;

@OnPostgres
class WebhookRoutesOnPostgresTest extends WebhookRoutesTest {}
