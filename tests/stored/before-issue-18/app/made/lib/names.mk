COPY := settings.json
