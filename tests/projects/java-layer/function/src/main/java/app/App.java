package app;

public class App {
    public String handle(String event) {
        return event.strip();
    }
}
